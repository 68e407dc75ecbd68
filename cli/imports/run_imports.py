"""`rosterline import` and `process-pending`: files through the pipeline, now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli import output
from cli.home import read_settings, registry
from cli.imports import receipt, tables
from cli.imports.running import run_one, run_pending
from cli.imports.summaries import Finding
from registry.accounts.accounts import Account, get_account, list_accounts
from registry.landing.receive import receive, require_facility
from registry.ledger.states import UNPACKED
from schemas.catalogue import get_format
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)

EXIT_BY_STATE = {"completed": 0, "failed": 2}
"""Exit codes by the state of the import at the end; 1 for any other state."""


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="The CSV file.", exists=True, dir_okay=False, readable=True)
    ],
    *,
    account: Annotated[str, typer.Option("--account", "-a", help="Whose patients these are.")],
    format_name: Annotated[
        str | None,
        typer.Option("--format", "-f", help="Refuse the file unless this is the account's format."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and match every row, and write no patient.")
    ] = False,
    facility: Annotated[
        UUID | None,
        typer.Option(help="Id of the facility of rows that name none; `rosterline facility list`."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Import one file now.

    The file passes the same stages as a dropped or uploaded file, and its run is shown in the
    Dagster UI. The exit code is 0 if the import is done, whatever became of its rows; 2 if the
    file failed as a whole; 1 for anything else. Of a zip archive with several rosters each is
    imported; the code is 0 if all of them are done, and 2 if any failed.
    """
    settings = read_settings()
    with registry(settings) as connection:
        whose = get_account(connection, account)
        _require_format(whose, format_name)
        require_facility(connection, whose, whose.format)
        imported = receive(
            connection,
            settings,
            whose,
            file,
            source="cli",
            received_at=datetime.now(UTC),
            dry_run=dry_run,
            default_facility_id=facility,
        )
    found = run_one(settings, imported)
    if as_json:
        output.say_json(found.as_json())
    else:
        output.console.print(receipt.receipt(found))
    raise typer.Exit(_exit_code(found))


def _exit_code(found: Finding) -> int:
    codes = {EXIT_BY_STATE.get(each.imported.state, 1) for each in found.members or (found,)}
    return 1 if 1 in codes else max(codes)


@app.command("process-pending")
def process_pending(
    *,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only files of this account.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Import everything that waits, now.

    It does the work of the nightly job: takes in complete files from the drop folders, then runs
    all imports that wait, of nightly accounts and of those that import on arrival.
    """
    settings = read_settings()
    with registry(settings) as connection:
        chosen = [get_account(connection, account)] if account else list_accounts(connection)
    found = run_pending(settings, chosen)
    if as_json:
        output.say_json([each.as_json() for each in found])
    elif found:
        output.console.print(tables.imports_table(found))
    else:
        output.console.print("Nothing waits.")
    if any(each.imported.state not in (*EXIT_BY_STATE, UNPACKED) for each in found):
        raise typer.Exit(1)


def _require_format(account: Account, given: str | None) -> None:
    if given is not None and get_format(given).name != account.format:
        raise NotAllowed(
            f"account {account.name!r} sends {account.format} files, not {given}; leave --format "
            "out, or name another account"
        )
