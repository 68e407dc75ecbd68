"""`rosterline backfill` and `diff`: run imports again, preview it, and compare attempts."""

from datetime import date
from typing import Annotated

import typer
from psycopg import Connection

from cli import output
from cli.home import command_user, read_settings, registry
from cli.imports import summaries
from cli.imports.backfill_tables import attempts_view, comparison_view, previews_view
from cli.imports.dagster_backfill import run_in_dagster
from cli.imports.status import Key
from cli.imports.summaries import Finding
from cli.services.dagster_webserver import runs_backfills
from registry.accounts.accounts import get_account
from registry.ledger.attempt_comparison import compare
from registry.ledger.backfill import imports_of_days, named_imports
from registry.ledger.imports import Import, get_import
from registry.ledger.let_through import let_through, require_held
from registry.ledger.moves import IMPORT_WAS_RUN
from registry.settings import Settings
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)

SHOWN_LINES = 20


@app.command("backfill")
def run_again(  # noqa: PLR0913 - one parameter an option
    imports: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMPORT...", help="Ids or keys of imports; or give days."),
    ] = None,
    *,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="All imports of this account, by days.")
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day, in the account's zone."),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last day, included."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change; nothing is written.")
    ] = False,
    pass_held: Annotated[
        bool,
        typer.Option(
            "--let-through",
            help="Of files that were held because many rows changed identities: let them through.",
        ),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Run imports again that are over.

    Each gets one more attempt over the archived bytes, with the rules as they are now, in the order
    in which they were received. Earlier attempts and their result files stay. A value that a newer
    file asserted, or a person set, is kept.

    Where Dagster runs, this is a backfill there: it has a page, and waits in the queue behind its
    limits. Otherwise this command runs the imports itself.
    """
    settings = read_settings()
    with registry(settings) as connection:
        chosen = _chosen(connection, imports or [], account, first, last)
        if pass_held:
            _let_through(connection, chosen, dry_run=dry_run)
    if dry_run:
        _preview(settings, chosen, as_json=as_json)
    else:
        _run(settings, chosen, as_json=as_json)


@app.command("diff")
def show_difference(
    import_key: Key,
    *,
    attempts: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="M N", help="Which attempts. Default: the last two."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Compare two attempts over an import.

    Shows counts and issues side by side, and the lines whose outcome differs, by codes, columns and
    ids; no value of a patient. `--json` has every line that differs.
    """
    limit = None if as_json else SHOWN_LINES
    with registry(read_settings()) as connection:
        found = compare(connection, get_import(connection, import_key), attempts, limit)
    if as_json:
        output.say_json(found.as_json())
    else:
        output.console.print(comparison_view(found))


def _let_through(connection: Connection, held: list[Import], *, dry_run: bool) -> None:
    if dry_run:
        raise NotAllowed("--let-through imports files; leave --dry-run out")
    for imported in held:
        require_held(connection, imported)
        let_through(connection, imported.id, command_user())


def _chosen(
    connection: Connection,
    keys: list[str],
    account: str | None,
    first: str | None,
    last: str | None,
) -> list[Import]:
    by_days = [account, first, last]
    if keys and any(by_days):
        raise NotAllowed("name imports, or an account and its days, not both")
    if keys:
        return named_imports(connection, keys)
    if account is None or first is None or last is None:
        raise NotAllowed("name imports, or all of --account, --from and --to")
    whose = get_account(connection, account)
    return imports_of_days(connection, whose, _day("--from", first), _day("--to", last))


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotAllowed(f"{option} {text!r} is not a date; write YYYY-MM-DD") from error


def _preview(settings: Settings, chosen: list[Import], *, as_json: bool) -> None:
    # DuckDB and polars take seconds to load; load them only if there is work.
    from assets.preview import preview  # noqa: PLC0415

    found = []
    for place, imported in enumerate(chosen, start=1):
        with output.errors.status(f"Previewing {place} of {len(chosen)} …"):
            found.append(preview(settings, imported))
    if as_json:
        output.say_json([each.as_json() for each in found])
    else:
        output.console.print(previews_view(found))


def _run_here(settings: Settings, chosen: list[Import]) -> list[Finding]:
    from cli.imports.running import run_further  # noqa: PLC0415 - as above

    return run_further(settings, chosen)


def _run_in_dagster(settings: Settings, chosen: list[Import]) -> list[Finding]:
    run_in_dagster(settings, chosen)
    with registry(settings) as connection:
        return [summaries.find(connection, settings, each.partition_key) for each in chosen]


def _run(settings: Settings, chosen: list[Import], *, as_json: bool) -> None:
    found = (
        _run_in_dagster(settings, chosen)
        if runs_backfills(settings)
        else _run_here(settings, chosen)
    )
    if as_json:
        output.say_json([each.as_json() for each in found])
    else:
        output.console.print(attempts_view(found))
        output.note(f"rosterline diff {found[0].key} shows what has changed")
    if any(each.imported.state not in IMPORT_WAS_RUN for each in found):
        raise typer.Exit(1)
