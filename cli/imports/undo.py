"""`rosterline undo`: undo an import, after a preview of what that would do."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from psycopg import Connection
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from cli import output
from cli.home import command_user, read_settings, registry
from cli.imports.status import Key
from registry.decisions.undo import UndoResult, preview_undo, undo, undone_imports
from registry.ledger.imports import Import, get_import
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)


@app.command("undo")
def undo_import(
    import_key: Key,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what it would do; nothing is written.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: output.Json = False,
) -> None:
    """Undo an import.

    Patients become as if the file had never come: earlier values come back, and patients that it
    created are removed. Values that later files or people changed or confirmed stay. History and
    result files stay, too; `rosterline backfill` applies the import again.
    """
    if not (yes or dry_run) and (as_json or not sys.stdin.isatty()):
        raise NotAllowed("there is nobody to ask; add --yes to undo, or --dry-run for a preview")
    with registry(read_settings()) as connection:
        imported = get_import(connection, import_key)
        if imported.id in undone_imports(connection, [imported.id]):
            _say(imported, _with(preview_undo, connection, imported), "was undone", as_json=as_json)
            return
        if not yes:
            would = _with(preview_undo, connection, imported)
            connection.rollback()
            _say(imported, would, "would be undone", as_json=as_json)
            if dry_run:
                return
            typer.confirm("Undo it?", abort=True)
        found = _with(undo, connection, imported)
        connection.commit()
    _say(imported, found, "is undone", as_json=as_json)


def _with(
    how: Callable[[Connection, Import, str, datetime], UndoResult],
    connection: Connection,
    imported: Import,
) -> UndoResult:
    with output.errors.status("Finding the values that come back …"):
        return how(connection, imported, command_user(), datetime.now(UTC))


def _say(imported: Import, found: UndoResult, what: str, *, as_json: bool) -> None:
    is_done = what != "would be undone"
    if as_json:
        said: dict[str, Any] = {"partition_key": imported.partition_key, "undone": is_done}
        output.say_json(said | found.as_json())
        return
    head = Text.assemble((imported.file_name, "bold"), "  ", (what, "bold yellow"))
    if is_done:
        head.append(f"  by {found.user_name}, {output.moment(found.decided_at)}", "bright_black")
    facts = output.facts(
        {
            "patients removed": f"{found.removed:,}",
            "patients set back": f"{found.changed:,}",
            "values kept": f"{found.kept:,}  {_WHY_KEPT if found.kept else ''}".rstrip(),
        }
    )
    output.console.print(Padding(Group(head, facts), (1, 0, 1, 1)))


_WHY_KEPT = "(later files or people changed or confirmed them, or a patient must have them)"
