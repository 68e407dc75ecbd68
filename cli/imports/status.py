"""`rosterline status`, `rows` and `result`: what became of a file."""

import shutil
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from psycopg import Connection

from cli import output
from cli.home import read_settings, registry
from cli.imports import receipt, summaries, tables
from cli.imports.summaries import Awaiting, Finding, Summary
from registry.accounts.accounts import get_account
from registry.ledger import imports
from registry.ledger.archived_months import require_rows
from registry.ledger.imports import Attempt
from registry.ledger.results import ResultKind, find_result
from registry.settings import Settings
from registry.tables.enums import OUTCOMES
from schemas.errors import NotFound

app = typer.Typer(no_args_is_help=True)

Outcome = StrEnum("Outcome", {name: name for name in OUTCOMES})  # type: ignore[misc]
_KEY_HELP = "Its id, its key, or the last 10 letters of its key."
Key = Annotated[str, typer.Argument(metavar="IMPORT", help=_KEY_HELP)]


@app.command("status")
def show_status(
    import_key: Annotated[str | None, typer.Argument(metavar="[IMPORT]", help=_KEY_HELP)] = None,
    *,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only imports of this account.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many imports to list.")] = 20,
    as_json: output.Json = False,
) -> None:
    """Show imports and awaited files, or one of them in full."""
    settings = read_settings()
    with registry(settings) as connection:
        if import_key is None:
            account_id = get_account(connection, account).id if account else None
            _show_list(summaries.recent(connection, account_id, limit), as_json=as_json)
        elif (awaiting := summaries.awaiting(connection, import_key)) is not None:
            _show_request(awaiting, as_json=as_json)
        else:
            found = summaries.find(connection, settings, import_key)
            _show_one(found, imports.list_attempts(connection, found.imported.id), as_json=as_json)


@app.command("rows")
def show_rows(
    import_key: Key,
    *,
    outcome: Annotated[
        list[Outcome] | None, typer.Option(help="Only rows with this outcome; repeat for several.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Show what became of each row of an import.

    Messages quote cells of the file, so the output is patient data.
    """
    with registry(read_settings()) as connection:
        imported = imports.get_import(connection, import_key)
        require_rows(connection, imported.id, imported.partition_key)
        rows = imports.list_rows(connection, imports.latest_attempt(connection, imported.id))
    wanted = [row for row in rows if not outcome or row["outcome"] in outcome]
    if as_json:
        output.say_json(wanted)
    else:
        output.console.print(tables.rows_table(wanted))


@app.command("result")
def write_result(
    import_key: Key,
    *,
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Which attempt's file. Default: the newest.")
    ] = None,
    failed_rows: Annotated[
        bool,
        typer.Option("--failed-rows", help="Only the rows that failed, to correct and send again."),
    ] = False,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to this file, not to stdout.")
    ] = None,
) -> None:
    """Write an import's result file, byte for byte."""
    settings = read_settings()
    kind: ResultKind = "failed_rows" if failed_rows else "result"
    with registry(settings) as connection:
        path = _result(connection, settings, import_key, attempt, kind)
    with path.open("rb") as source:
        if file is None:
            shutil.copyfileobj(source, typer.get_binary_stream("stdout"))
            return
        with file.open("wb") as target:
            shutil.copyfileobj(source, target)
    output.note(f"written to {file}")


def _result(
    connection: Connection, settings: Settings, key: str, number: int | None, kind: ResultKind
) -> Path:
    """The file of this attempt, or of the newest attempt that has one.

    One that is damaged or gone is made again first.
    """
    imported = imports.get_import(connection, key)
    for attempt in reversed(imports.list_attempts(connection, imported.id)):
        if number not in (None, attempt.number):
            continue
        found = find_result(connection, settings, imported, attempt.number, kind)
        if found is None:
            continue
        path = found.intact_path()
        if path is None:
            # DuckDB takes half a second to load; an intact file does not need it.
            from assets.result_files.make_again import intact_result  # noqa: PLC0415

            path = intact_result(connection, settings, imported, attempt, kind)
        if path is not None:
            return path
    which = "" if number is None else f" of attempt {number}"
    raise NotFound(
        f"import {key} ({imported.state}) has no {kind.replace('_', '-')} file{which}; "
        f"`rosterline status {key}` shows how far it is"
    )


def _show_request(found: Awaiting, *, as_json: bool) -> None:
    if as_json:
        output.say_json(found.as_json())
    else:
        output.console.print(receipt.request_facts(found))


def _show_list(found: list[Summary | Awaiting], *, as_json: bool) -> None:
    if as_json:
        output.say_json([each.as_json() for each in found])
    elif found:
        output.console.print(tables.imports_table(found))
    else:
        output.console.print("No imports yet: `rosterline import FILE --account NAME` makes one.")


def _show_one(found: Finding, attempts: list[Attempt], *, as_json: bool) -> None:
    if as_json:
        output.say_json(found.as_json() | {"attempts": [asdict(each) for each in attempts]})
        return
    output.console.print(receipt.receipt(found))
    if len(attempts) > 1:
        output.console.print(tables.attempts_table(attempts))
