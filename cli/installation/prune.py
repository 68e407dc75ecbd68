"""`rosterline prune`: removes what is older than the settings say."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import output
from cli.home import read_settings, registry

app = typer.Typer(no_args_is_help=True)


@app.command("prune")
def prune_now(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Remove what is older than the settings say.

    The settings are those named ROSTERLINE_KEEP_…; received files and results are kept for ever by
    default. The schedule prune_at_night does the same each day.
    """
    # Dagster takes seconds to load.
    from pipelines.command_runs import instance_of  # noqa: PLC0415
    from pipelines.keeping.prune import prune  # noqa: PLC0415

    settings = read_settings()
    with registry(settings) as connection, instance_of(settings) as instance:
        found = prune(connection, instance, settings, datetime.now(UTC), dry_run=dry_run)
    if as_json:
        output.say_json([asdict(each) for each in found])
        return
    rows = [
        (
            each.what,
            f"{each.count:,}",
            _size(each.byte_count),
            f"{each.left:,}" if each.left else "",
        )
        for each in found
    ]
    shown = "would be removed" if dry_run else "removed"
    headers = ("", shown, "size", "left for the next time")
    output.console.print(output.table(headers, rows, right=headers[1:]))


def _size(byte_count: int) -> str:
    return f"{byte_count / 1024**2:,.1f} MB" if byte_count else ""
