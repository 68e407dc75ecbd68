"""`rosterline cancel`: cancel an import that is not over."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import output
from cli.home import command_user, read_settings, registry
from cli.imports import receipt, summaries
from cli.imports.status import Key
from registry.ledger.imports import get_import
from registry.ledger.members import list_members
from registry.ledger.moves import IMPORT_IS_UNDER_WAY
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)


@app.command("cancel")
def cancel_import(
    import_key: Key,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: output.Json = False,
) -> None:
    """Cancel an import that is not over.

    One that waits is not run, and a run that works on one stops at its next stage, before it writes
    a patient. Other imports of that run go on. The sender gets a result that says so. An import
    whose patients are written already comes to its end; `rosterline undo` takes it back. Of an
    archive, the members are cancelled that are not over.
    """
    settings = read_settings()
    with registry(settings) as connection:
        imported = get_import(connection, import_key)
        chosen = list_members(connection, imported.id) or [imported]
    chosen = [each for each in chosen if each.state in IMPORT_IS_UNDER_WAY]
    if not chosen:
        raise NotAllowed(f"this import is {imported.state}: there is nothing to cancel")
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise NotAllowed("there is nobody to ask; add --yes to cancel the import")
        typer.confirm(f"Cancel {imported.partition_key}?", abort=True)
    # DuckDB takes a second to load; load it only if there is work.
    from pipelines.endings import cancel  # noqa: PLC0415

    reason = f"cancelled by {command_user()}"
    with registry(settings) as connection:
        for each in chosen:
            cancel(connection, settings, each, datetime.now(UTC), reason=reason)
        found = summaries.find(connection, settings, imported.partition_key)
        ended = [get_import(connection, each.partition_key) for each in chosen]
    if as_json:
        output.say_json(found.as_json())
    else:
        output.console.print(receipt.receipt(found))
    for each in ended:
        if each.reason != reason:
            raise NotAllowed(
                f"its rows were written before it could be cancelled: it is {each.state}"
            )
