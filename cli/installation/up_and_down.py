"""`rosterline up`, `down`, `demo` and `doctor`: the installation as a whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from cli import output
from cli.home import read_settings, require_tables
from cli.installation import doctor
from cli.installation.dagster_link import dagster_link
from cli.installation.migrate import migrate_with_word
from cli.services import background, listening
from registry.accounts.accounts import list_accounts
from registry.database.connections import connect, stop_embedded
from registry.landing.zones_in_use import keep_zones
from registry.settings import Settings
from registry.store import store_of

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
    server, intake from drop folders, the portal and the HTTP API. Services that run already are
    left as they are.
    """
    settings = read_settings()
    with output.errors.status("Starting PostgreSQL …"):
        migrate_with_word(settings)
        _keep_zones(settings)
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


def _keep_zones(settings: Settings) -> None:
    """Let the code server, which does not ask the database, know the zones of all accounts."""
    with connect(settings) as connection:
        keep_zones(settings, (each.time_zone for each in list_accounts(connection)))


@app.command("down")
def stop_all(*, as_json: output.Json = False) -> None:
    """Stop everything that `up` started.

    All data is kept. An import that was running is resumed after the next start.
    """
    settings = read_settings()
    with output.errors.status("Stopping …"):
        stopped = background.stop(settings)
        if settings.is_embedded and stop_embedded(settings):
            stopped.append(EMBEDDED)
    if as_json:
        output.say_json({"stopped": stopped})
    else:
        said = f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running."
        output.console.print(said)


@app.command("demo")
def show_demo(
    *,
    nights: Annotated[
        bool,
        typer.Option(
            "--nights",
            help="Enter three nights of a sender and a broken file instead, as they waited for "
            "their midnights. The daemon imports them within a minute.",
        ),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Import synthetic rosters and show what comes out.

    Three customers with files of two months each, known faults in the first month, and one broken
    file each. In a second run, rows come out unchanged.
    """
    settings = read_settings()
    require_tables(settings)
    if nights:
        _enter_nights(settings, as_json=as_json)
    elif as_json:
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


def _enter_nights(settings: Settings, *, as_json: bool) -> None:
    from cli.installation.demo_nights import enter_nights  # noqa: PLC0415 - used here only

    entered = enter_nights(settings, datetime.now(UTC))
    _keep_zones(settings)
    keys = [each.partition_key for each in entered]
    if as_json:
        output.say_json({"entered": keys})
        return
    output.console.print("\n".join(keys))
    output.note("They wait; the daemon, or `rosterline process-pending`, imports them.")


def _running(settings: Settings, addresses: dict[str, str]) -> Padding:
    address, portal = addresses[listening.WEBSERVER], addresses[listening.API]
    database = "embedded, a socket under the home folder" if settings.is_embedded else "external"
    further = [
        address
        for name, address in addresses.items()
        if name not in (listening.WEBSERVER, listening.API, listening.SFTP)
    ]
    where = output.facts(
        {
            # A terminal that knows links signs the person in who clicks on it.
            "Dagster UI": Text(address, "bold link " + dagster_link(settings)).append(
                "  `rosterline ui --open` signs you in", "not bold bright_black"
            ),
            "Last night": f"{address}/assets/last_night",
            "SFTP server": addresses[listening.SFTP],
            "Portal": Text(portal, "bold link " + portal),
            "HTTP API": f"{portal}/docs",
            **({"Further doors": ", ".join(further)} if further else {}),
            "Drop folders": output.place(settings.drop_dir),
            "Results": output.place(store_of(settings).place_of("results")),
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
