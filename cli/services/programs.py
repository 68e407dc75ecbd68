"""Which services there are, and the program that each one runs."""

import sys
from pathlib import Path

from cli.services.listening import API, CODE, DAEMON, MARTS, SFTP, SUPERVISOR, WEBSERVER
from pipelines.process_environment import (
    LOCATION,
    MARTS_LOCATION,
    PROJECT_DIR,
    code_socket,
    marts_socket,
)
from registry.settings import Settings

STOP_ORDER = (SUPERVISOR, SFTP, API, DAEMON, WEBSERVER, MARTS, CODE)
"""Nothing is started again, nothing new comes in, then the daemon starts no more runs."""
START_ORDER = (CODE, MARTS, SFTP, API, DAEMON, WEBSERVER, SUPERVISOR)


def command_of(settings: Settings, name: str) -> list[str]:
    """The command line of a service. Its program is one of this virtual environment."""
    programs = Path(sys.executable).parent
    if name in (SFTP, API):
        return [sys.executable, "-m", f"gateway.{name}"]
    if name == SUPERVISOR:
        return [sys.executable, "-m", "cli.services.guard"]
    if name == CODE:
        return _code_server(programs, code_socket(settings), LOCATION, "rosterline")
    if name == MARTS:
        served = _code_server(programs, marts_socket(settings), MARTS_LOCATION, MARTS)
        # Lazily: it listens at once, and loads the marts when it is first asked for them.
        return [*served, "--lazy-load-user-code"]
    workspace = ["-w", str(settings.dagster_dir.absolute() / "workspace.yaml")]
    if name == DAEMON:
        # Warnings only: the UI has every evaluation of a sensor, and logging them took 4 MB on a
        # quiet day.
        return [str(programs / "dagster-daemon"), "run", "--log-level", "warning", *workspace]
    listens = ["-h", settings.webserver_host, "-p", str(settings.webserver_port)]
    return [str(programs / "dagster-webserver"), *listens, *workspace]


def _code_server(programs: Path, socket: Path, module: str, location: str) -> list[str]:
    serve = [str(programs / "dagster"), "api", "grpc", "--socket", str(socket)]
    loaded = ["-m", module, "-d", str(PROJECT_DIR), "--location-name", location]
    return [*serve, *loaded, "--use-python-environment-entry-point", "--log-level", "warning"]
