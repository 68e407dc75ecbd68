"""Which services there are, and the program that each one runs."""

import sys
from pathlib import Path

from cli.services.listening import API, DAEMON, MARTS, SFTP, WEBSERVER
from pipelines.process_environment import MARTS_LOCATION, PROJECT_DIR, marts_socket
from registry.settings import Settings

STOP_ORDER = (SFTP, API, DAEMON, WEBSERVER, MARTS)
"""First nothing new comes in, then the daemon starts no more runs."""
START_ORDER = (MARTS, SFTP, API, DAEMON, WEBSERVER)


def command_of(settings: Settings, name: str) -> list[str]:
    """The command line of a service. Its program is one of this virtual environment."""
    programs = Path(sys.executable).parent
    if name in (SFTP, API):
        return [sys.executable, "-m", f"gateway.{name}"]
    if name == MARTS:
        return _marts_command(settings, programs)
    workspace = ["-w", str(settings.dagster_dir.absolute() / "workspace.yaml")]
    if name == DAEMON:
        # Warnings only: the UI has every evaluation of a sensor, and logging them took 4 MB on a
        # quiet day.
        return [str(programs / "dagster-daemon"), "run", "--log-level", "warning", *workspace]
    listens = ["-h", settings.webserver_host, "-p", str(settings.webserver_port)]
    return [str(programs / "dagster-webserver"), *listens, *workspace]


def _marts_command(settings: Settings, programs: Path) -> list[str]:
    serve = [str(programs / "dagster"), "api", "grpc", "--socket", str(marts_socket(settings))]
    location = ["-m", MARTS_LOCATION, "-d", str(PROJECT_DIR), "--location-name", MARTS]
    # Lazily: it listens at once, and loads the marts when it is first asked for them.
    return [*serve, *location, "--lazy-load-user-code", "--use-python-environment-entry-point"]
