"""`rosterline migrate`: brings the tables up to date, and starts nothing."""

from typing import Annotated

import typer

from cli import output
from cli.home import read_settings
from cli.services import background
from registry.database.connections import connect_as_owner
from registry.database.revision import known_revisions, needed_revision, present_revision
from registry.settings import Settings
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)


@app.command("migrate")
def bring_up_to_date(
    *,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare", help="Only do what takes long in a large registry; services may run."
        ),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Bring the tables up to date, and start nothing.

    `rosterline up` does so too. Other commands and the services refuse tables of another version.
    Stop the services first: tables are not changed while they run. In a large registry, run it
    with --prepare before you stop them, which makes the rest short.
    """
    settings = read_settings()
    if prepare:
        _prepare(settings, as_json=as_json)
        return
    before = migrate_with_word(settings)
    if as_json:
        output.say_json({"before": before, "revision": needed_revision()})
    elif before == needed_revision():
        output.console.print(f"The tables are at revision {before}; nothing was to be done.")


def _prepare(settings: Settings, *, as_json: bool) -> None:
    from registry.migrations import prepare  # noqa: PLC0415 - as below

    with output.errors.status("Looking through the tables …"):
        had_to = prepare(settings)
    if as_json:
        output.say_json({"prepared": had_to})
        return
    did = "The migration is prepared; let it follow within three months."
    output.console.print(did if had_to else "There is nothing to prepare.")


def migrate_with_word(settings: Settings) -> str | None:
    """Bring the tables up to date, and say so where they were those of another version.

    Returns:
        The revision before; None where there were no tables.

    Raises:
        NotAllowed: services of this home run, which are those of the version before.
        DatabaseUnavailable: the tables are those of a newer version; nothing was changed.
    """
    # Alembic takes longer to load than most commands take.
    from registry.migrations import migrate  # noqa: PLC0415

    with connect_as_owner(settings) as connection:
        before = present_revision(connection)
    if before in known_revisions() - {needed_revision()}:
        _require_stopped_services(settings)
    migrate(settings)
    if before != needed_revision():
        was = f"brought from revision {before} to" if before else "made, at revision"
        output.note(f"The tables were {was} {needed_revision()}.")
    return before


def _require_stopped_services(settings: Settings) -> None:
    running = [each.name for each in background.status(settings) if each.running]
    if running:
        raise NotAllowed(
            "The tables are those of an older version, and services of that version still run: "
            f"{', '.join(running)}. `rosterline down` stops them; then `rosterline up` brings the "
            "tables up to date and starts those of this version (docs/tasks/upgrade.md)."
        )
