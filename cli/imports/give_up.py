"""`rosterline give-up`: end an import that does not come to its end by itself."""

import sys
from typing import Annotated

import typer

from cli import output
from cli.home import command_user, read_settings, registry
from cli.imports import receipt, summaries
from cli.imports.status import Key
from registry.ledger.imports import Import, get_import
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)


@app.command("give-up")
def give_up_import(
    import_key: Key,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: output.Json = False,
) -> None:
    """End an import that does not come to its end.

    An import of which nothing is written fails, and its sender is told. One that lacks only its
    result file is completed without it. `rosterline night` names imports that are stuck; what
    keeps them from their end is better mended, because then they go on by themselves.
    """
    settings = read_settings()
    with registry(settings) as connection:
        imported = get_import(connection, import_key)
    _require_processing(imported)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise NotAllowed("there is nobody to ask; add --yes to give the import up")
        typer.confirm(f"Give up {imported.partition_key}?", abort=True)
    # Dagster takes seconds to load; load it only if there is work.
    from pipelines.command_runs import give_up_import as give_up  # noqa: PLC0415

    if not give_up(settings, imported, command_user()):
        raise NotAllowed(
            f"import {imported.partition_key} was taken up again meanwhile; look again"
        )
    with registry(settings) as connection:
        found = summaries.find(connection, settings, imported.partition_key)
    if as_json:
        output.say_json(found.as_json())
    else:
        output.console.print(receipt.receipt(found))


def _require_processing(imported: Import) -> None:
    if imported.state == "waiting":
        raise NotAllowed("this import waits for its turn; `rosterline process-pending` runs it")
    if imported.state != "processing":
        raise NotAllowed(f"this import is {imported.state}: there is nothing to give up")
