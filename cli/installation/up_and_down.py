"""`rosterline up`, `down`, `demo` and `doctor`: the installation as a whole."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from cli import output
from cli.home import read_settings
from cli.installation import doctor
from cli.services import background, listening
from registry.database.connections import stop_embedded
from registry.migrations import migrate
from registry.settings import Settings

app = typer.Typer(no_args_is_help=True)

EMBEDDED = "embedded PostgreSQL"


@app.command("up")
def start_all(
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Import synthetic rosters once everything runs.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Start everything, and say where it is.

    Everything means the database with its tables, Dagster's webserver and daemon, the SFTP
    server, the portal and the HTTP API. Services that run already are left as they are.
    """
    settings = read_settings()
    with output.errors.status("Starting PostgreSQL …"):
        migrate(settings)
    if demo:
        # Imports need only the database, so the services can start meanwhile.
        with ThreadPoolExecutor(1) as beside:
            starting = beside.submit(background.start, settings)
            shown = _demo_as_json(settings) if as_json else _demo(settings)
            addresses = starting.result()
    else:
        with output.errors.status("Starting Dagster, SFTP, API and portal …"):
            addresses = background.start(settings)
    if as_json:
        said = {"addresses": addresses, "home": settings.home, "drop": settings.drop_dir}
        output.say_json(said | ({"demo": shown} if demo else {}))
        return
    output.console.print(_running(settings, addresses))
    if demo:
        output.console.print(shown)


@app.command("down")
def stop_all(*, as_json: output.Json = False) -> None:
    """Stop everything that `up` started.

    All data is kept. An import that was running is resumed after the next start.
    """
    settings = read_settings()
    with output.errors.status("Stopping …"):
        stopped = background.stop(settings)
        if settings.database_url is None and stop_embedded(settings):
            stopped.append(EMBEDDED)
    if as_json:
        output.say_json({"stopped": stopped})
    else:
        said = f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running."
        output.console.print(said)


@app.command("demo")
def show_demo(*, as_json: output.Json = False) -> None:
    """Import synthetic rosters and show what comes out.

    Three customers with files of two months each, known faults in the first month, and one broken
    file each. In a second run, rows come out unchanged.
    """
    settings = read_settings()
    migrate(settings)
    if as_json:
        output.say_json(_demo_as_json(settings))
    else:
        output.console.print(_demo(settings))


@app.command("doctor")
def examine(
    *,
    archive: Annotated[
        bool,
        typer.Option(
            "--archive", help="Read every kept file, and compare it with the ledger's sha256."
        ),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Check this installation, and say what to do. Exits with 1 when something fails."""
    found = doctor.examine(read_settings(), archive=archive)
    if as_json:
        output.say_json([check.as_json() for check in found])
    else:
        output.console.print(doctor.report(found))
    if any(check.level == "fail" for check in found):
        raise typer.Exit(1)


def _demo(settings: Settings) -> RenderableType:
    # It loads Dagster and DuckDB, which takes seconds.
    from cli.installation import demo  # noqa: PLC0415

    return demo.report(settings, demo.run_demo(settings))


def _demo_as_json(settings: Settings) -> list[dict[str, Any]]:
    from cli.installation import demo  # noqa: PLC0415 - as above

    return [each.found.as_json() for each in demo.run_demo(settings)]


def _running(settings: Settings, addresses: dict[str, str]) -> Padding:
    address, portal = addresses[listening.WEBSERVER], addresses[listening.API]
    database = "external" if settings.database_url else "embedded, a socket under the home folder"
    where = output.facts(
        {
            "Dagster UI": Text(address, "bold link " + address),
            "SFTP server": addresses[listening.SFTP],
            "Portal": Text(portal, "bold link " + portal),
            "HTTP API": f"{portal}/docs",
            "Drop folders": output.place(settings.drop_dir),
            "Results": output.place(settings.results_dir),
            "Database": database,
        }
    )
    steps = output.facts(
        {
            "rosterline demo": "see it work, with synthetic people",
            "rosterline account add NAME --format FORMAT": "a customer, then",
            "rosterline user add EMAIL --account NAME": "let them into the portal, or",
            "rosterline account sftp add NAME USER": "let them send files, or",
            "rosterline import FILE --account NAME": "one file now",
            "rosterline down": "stop everything",
        }
    )
    running = Text("Rosterline runs.", "bold green")
    return Padding(Group(running, Text(), where, Text("\nNext", "bold"), steps), (1, 0, 1, 1))
