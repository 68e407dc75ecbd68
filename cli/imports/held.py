"""`rosterline held`, `let-through` and `refuse`: files that wait for a person."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from psycopg import Connection
from rich.text import Text

from cli import output
from cli.home import command_user, read_settings, registry
from cli.imports import receipt
from cli.imports.run_imports import EXIT_BY_STATE
from cli.imports.status import Key
from registry.accounts.accounts import get_account
from registry.ledger import held_files
from registry.ledger.held_files import HeldFile
from registry.ledger.imports import get_import
from registry.tables.enums import OUTCOMES

app = typer.Typer(no_args_is_help=True)

Decide = Callable[[Connection, UUID, str, datetime], None]


@app.command("held")
def list_held(
    *,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only files of this account.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """List files that wait for a person.

    Each is far off the usual files of its account: the reason has its figures and the usual ones.
    Nothing of it is imported. The counts are what would become of its rows.
    """
    with registry(read_settings()) as connection:
        account_id = get_account(connection, account).id if account else None
        found = held_files.list_held(connection, account_id)
    if as_json:
        output.say_json([asdict(each) for each in found])
    elif not found:
        output.console.print("No file is held.")
    else:
        for each in found:
            _show(each)


@app.command("let-through")
def let_through(import_key: Key, *, as_json: output.Json = False) -> None:
    """Let a held file through, and import it now.

    It is matched against the registry as it is now. A value that a newer file asserted, or a person
    set, is kept. Your name is kept with the decision.
    """
    _decide(import_key, held_files.let_through, as_json=as_json)


@app.command("refuse")
def refuse(import_key: Key, *, as_json: output.Json = False) -> None:
    """Refuse a held file; its sender gets a result that says so.

    Nothing of it is imported. Your name is kept with the decision.
    """
    _decide(import_key, held_files.refuse, as_json=as_json)


def _decide(import_key: str, decide: Decide, *, as_json: bool) -> None:
    settings = read_settings()
    with registry(settings) as connection:
        held = get_import(connection, import_key)
        decide(connection, held.id, command_user(), datetime.now(UTC))
        connection.commit()
        imported = get_import(connection, held.partition_key)
    # Dagster and DuckDB take seconds to load; load them only if there is work.
    from cli.imports.running import run_one  # noqa: PLC0415

    found = run_one(settings, imported)
    if as_json:
        output.say_json(found.as_json())
    else:
        output.console.print(receipt.receipt(found))
    if found.imported.state not in EXIT_BY_STATE:
        raise typer.Exit(1)


def _show(held: HeldFile) -> None:
    line = Text.assemble(
        (held.file_name, "bold"), f"  {held.account}  held since {output.moment(held.held_at)}"
    )
    output.console.print(line)
    output.console.print(Text(f"  {held.reason}", "yellow"))
    counts = Text("  it would have:")
    for name in OUTCOMES:
        counts.append("  ").append(output.count(held.counts.get(name), name)).append(f" {name}")
    output.console.print(counts)
    key = held.partition_key[-10:]
    output.console.print(
        Text(f"  rosterline let-through {key}   or   rosterline refuse {key}\n", "bright_black")
    )
