"""`rosterline marts`: the tables for questions over many nights."""

from typing import Annotated

import typer

from cli import output
from cli.home import read_settings, require_tables

app = typer.Typer(no_args_is_help=True)
marts = typer.Typer(no_args_is_help=True, help="Tables over registry and ledger, for analysts.")
app.add_typer(marts, name="marts")


@marts.command("build")
def build(
    *,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build all tables anew, from the whole ledger.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Bring the marts up to date with the ledger, now.

    The daemon does so by itself after the nightly import and after bursts of arrivals. If a build
    is under way, the command waits for it.
    """
    # It loads Dagster and dbt, which takes seconds.
    from pipelines.marts.build_now import build_now  # noqa: PLC0415

    settings = read_settings()
    with output.errors.status("Building the marts …"):
        require_tables(settings)
        run_id = build_now(settings, full_refresh=full_refresh)
    if as_json:
        output.say_json({"run": run_id})
    else:
        output.console.print(f"The marts are built: run {run_id[:8]} in the Dagster UI.")
