"""Which services there are, and the program that each one runs."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.services.listening import (
    API,
    CODE,
    DAEMON,
    INTAKE,
    MARTS,
    PATIENT_CALLS,
    RUNS,
    SFTP,
    SUPERVISOR,
    WEBSERVER,
    WORKER,
    copies,
    service_of,
)
from pipelines.process_environment import (
    DAGSTER_SECRETS,
    LOCATION,
    MARTS_LOCATION,
    PROJECT_DIR,
    code_socket,
    marts_socket,
)
from registry.database.connections import VARIABLES
from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN
from registry.settings import Settings

MANY = (SFTP, API, WORKER)
"""Services that any number of processes may serve."""

_STOP_ORDER = (
    SUPERVISOR,
    SFTP,
    API,
    PATIENT_CALLS,
    INTAKE,
    DAEMON,
    WORKER,
    RUNS,
    WEBSERVER,
    MARTS,
    CODE,
)
"""Nothing is started again, nothing new comes in, then the daemon starts no more runs."""
_START_ORDER = (
    CODE,
    RUNS,
    MARTS,
    SFTP,
    PATIENT_CALLS,
    API,
    INTAKE,
    WORKER,
    DAEMON,
    WEBSERVER,
    SUPERVISOR,
)


def start_order(settings: Settings) -> list[str]:
    """The processes of all services that these settings ask for, in the order of their start."""
    return _processes(settings, _START_ORDER)


def stop_order(settings: Settings) -> list[str]:
    """The same in the order of their stop."""
    return _processes(settings, _STOP_ORDER)


def place_in_stop(name: str) -> tuple[int, int]:
    """By which processes are sorted to be stopped, also those that are not asked for any more."""
    service, number = service_of(name)
    return _STOP_ORDER.index(service), number


def _processes(settings: Settings, services: Sequence[str]) -> list[str]:
    many = {
        SFTP: settings.sftp_processes,
        API: settings.http_processes,
        WORKER: settings.celery_workers if settings.run_launcher == "celery" else 0,
        RUNS: 1 if settings.run_launcher == "in_place" else 0,
    }
    return [name for each in services for name in copies(each, many.get(each, 1))]


OWNER_ADDRESS = "ROSTERLINE_DATABASE_URL"
GATEWAY_ADDRESS, RUNS_ADDRESS = VARIABLES[GATEWAY_LOGIN], VARIABLES[RUNS_LOGIN]

_PROGRAMS = Path(sys.executable).parent

_MODULES = {
    SFTP: "gateway.sftp",
    API: "gateway.api",
    INTAKE: "cli.services.intake",
    PATIENT_CALLS: "cli.services.patient_calls",
    RUNS: "pipelines.run_server.server",
    SUPERVISOR: "cli.services.guard",
}


_OF_RUNS = (CODE, MARTS, DAEMON, INTAKE, PATIENT_CALLS, RUNS, WORKER)
_OF_GATEWAY = (SFTP, API)


def environment_of(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What a service needs of an environment that has the addresses of all logins of PostgreSQL.

    The gateway's processes do not get the password of any other login, and those of Dagster not the
    owner's, where there are addresses of their own. The webserver has both the gateway's, for our
    front, and that of runs, for Dagster's code in the same process. The supervisor starts the
    others, and so has all.
    """
    own = dict(environment)
    has_gateway, has_runs = GATEWAY_ADDRESS in own, RUNS_ADDRESS in own
    unneeded: tuple[str, ...] = ()
    service, _ = service_of(name)
    if service in _OF_GATEWAY and has_gateway:
        unneeded = (OWNER_ADDRESS, RUNS_ADDRESS, *DAGSTER_SECRETS)
    elif service in _OF_RUNS and has_runs:
        unneeded = (OWNER_ADDRESS, GATEWAY_ADDRESS)
    elif service == WEBSERVER and has_gateway and has_runs:
        unneeded = (OWNER_ADDRESS,)
    for variable in unneeded:
        own.pop(variable, None)
    return own


def command_of(settings: Settings, name: str) -> list[str]:
    """The command line of a service. Its program is one of this virtual environment."""
    service, _ = service_of(name)
    if service in _MODULES:
        return [sys.executable, "-m", _MODULES[service]]
    if service == WORKER:
        return worker_command(settings, name)
    if name == CODE:
        served = _code_server(code_socket(settings), LOCATION, "rosterline")
        return [*served, *_log_format(settings)]
    if name == MARTS:
        served = _code_server(marts_socket(settings), MARTS_LOCATION, MARTS)
        return [*served, *_log_format(settings)]
    workspace = ["-w", str(settings.dagster_dir.absolute() / "workspace.yaml")]
    if name == DAEMON:
        # Warnings only: the UI has every evaluation of a sensor, and logging them took 4 MB on a
        # quiet day.
        daemon = [str(_PROGRAMS / "dagster-daemon"), "run", "--log-level", "warning"]
        return [*daemon, *_log_format(settings), *workspace]
    return [sys.executable, "-m", "cli.services.dagster_ui", workspace[1]]


def worker_command(settings: Settings, name: str = WORKER) -> list[str]:
    """The command line of a Celery worker, with Celery's own options."""
    slots = settings.celery_concurrency or os.cpu_count() or 1
    served = [sys.executable, "-m", "celery", "--quiet", "--app", "pipelines.celery_worker"]
    # Workers have nothing to tell each other: who does what stands in PostgreSQL.
    alone = ["--without-gossip", "--without-mingle"]
    return [
        *served,
        "worker",
        *("--hostname", f"{name}@%h", "--queues", settings.celery_queue),
        *("--concurrency", str(slots), "-O", "fair", *alone),
    ]


def log_writer_of(settings: Settings, log_file: Path) -> list[str]:
    """The command line of the process that writes a service's log."""
    # Isolated and without site-packages, because there is one for each service.
    program = [sys.executable, "-I", "-S", str(Path(__file__).with_name("log_writer.py"))]
    limits = [str(settings.log_max_bytes), str(settings.log_files)]
    return [*program, str(log_file), settings.log_format, *limits]


def _code_server(socket: Path, module: str, location: str) -> list[str]:
    # Not `dagster api grpc`: that one does not take part in *Reload definitions*.
    serve = [str(_PROGRAMS / "dagster"), "code-server", "start", "--socket", str(socket)]
    loaded = ["-m", module, "-d", str(PROJECT_DIR), "--location-name", location]
    return [*serve, *loaded, "--use-python-environment-entry-point", "--log-level", "warning"]


def _log_format(settings: Settings) -> list[str]:
    return ["--log-format", "json"] if settings.log_format == "json" else []
