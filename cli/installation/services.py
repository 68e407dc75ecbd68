"""Dagster's webserver and daemon and our doors, as processes that outlive the command.

Each has a log file and a pid file; both are found again by the next command, whoever started
them. Nothing here imports Dagster: they are programs of the same virtual environment.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.installation.listening import (
    API,
    DAEMON,
    MARTS,
    SFTP,
    WEBSERVER,
    addresses,
    answers,
    refuse_taken_port,
)
from pipelines.process_environment import (
    MARTS_LOCATION,
    PROJECT_DIR,
    dagster_environment,
    marts_socket,
    write_workspace,
)
from registry.processes import (
    ProcessId,
    is_alive,
    read_pid_file,
    stop_process,
    write_pid_file,
)
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

logger = logging.getLogger(__name__)

# In the order of stopping: nothing new comes in, then the daemon starts no more runs.
NAMES = (SFTP, API, DAEMON, WEBSERVER, MARTS)
STARTS = (MARTS, SFTP, API, DAEMON, WEBSERVER)
MARTS_NICENESS = 10
START_SECONDS = 180.0
# On SIGTERM Dagster closes its code server; runs that it leaves behind are told next.
SERVICE_STOP_WAYS = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))

# Processes started by this very process. Without the reference, Python complains that they were
# dropped while running; with it, `poll` reaps those that ended.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class ServiceStatus:
    """One background process as it is now; `ended` says that nobody stopped it."""

    name: str
    pid: int | None
    address: str | None
    log_file: Path
    ended: bool = False

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.pid is not None


def start(settings: Settings) -> dict[str, str]:
    """Start what does not run yet, and wait until the webserver answers.

    Returns:
        Address by service name, of the services that have one.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
        ServiceUnavailable: the port is taken, or a process ended; the message names its log.
    """
    environment = os.environ | dagster_environment(settings)
    with _alone(settings):
        write_workspace(settings)
        running = {name: read_pid_file(_pid_file(settings, name)) for name in STARTS}
        missing = [name for name, process in running.items() if process is None]
        for name in missing:
            refuse_taken_port(settings, name)
        try:
            launched: dict[str, psutil.Process] = {}
            for name in missing:
                if name == DAEMON and MARTS in launched:
                    # Dagster asks for a location once, and shows it as broken if nobody is there.
                    _wait_until_answering(settings, MARTS, launched)
                launched[name] = _launch(settings, name, environment)
            found = {name: process for name, process in running.items() if process is not None}
            for name in STARTS:
                _wait_until_answering(settings, name, found | launched)
        except ServiceUnavailable:
            # All of it or nothing: a daemon alone would start runs that nobody can see.
            for name in missing:
                _stop_one(settings, name)
            raise
    return addresses(settings)


def stop(settings: Settings) -> list[str]:
    """Stop what runs, with the processes below it. Returns the names of what was stopped.

    Raises:
        ServiceUnavailable: a process does not end.
    """
    with _alone(settings):
        return [name for name in NAMES if _stop_one(settings, name)]


def status(settings: Settings) -> list[ServiceStatus]:
    """What runs, and where it writes its log."""
    return [_status_of(settings, name) for name in NAMES]


def log_file(settings: Settings, name: str) -> Path:
    """Where a service writes, all its starts one after the other."""
    return settings.log_dir / f"{name}.log"


def _command(settings: Settings, name: str) -> list[str]:
    programs = Path(sys.executable).parent
    workspace = ["-w", str(settings.dagster_dir.absolute() / "workspace.yaml")]
    if name in (SFTP, API):
        return [sys.executable, "-m", f"gateway.{name}"]
    if name == MARTS:
        serve = [str(programs / "dagster"), "api", "grpc", "--socket", str(marts_socket(settings))]
        what = ["-m", MARTS_LOCATION, "-d", str(PROJECT_DIR), "--location-name", MARTS]
        # It listens at once, and loads when it is asked first.
        return [*serve, *what, "--lazy-load-user-code", "--use-python-environment-entry-point"]
    if name == DAEMON:
        # Each look of a sensor is in the UI; in the log it made 4 MB on a quiet day.
        return [str(programs / "dagster-daemon"), "run", "--log-level", "warning", *workspace]
    where = ["-h", settings.webserver_host, "-p", str(settings.webserver_port)]
    return [str(programs / "dagster-webserver"), *where, *workspace]


def _launch(settings: Settings, name: str, environment: dict[str, str]) -> psutil.Process:
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    with log_file(settings, name).open("ab") as log:
        child = subprocess.Popen(
            _command(settings, name),
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A session of its own: closing the terminal or Ctrl-C there does not reach it.
            start_new_session=True,
        )
    _children.append(child)
    process = psutil.Process(child.pid)
    if name == MARTS:
        # Reports wait for imports, not the other way round: its builds are children of this one.
        process.nice(MARTS_NICENESS)
    write_pid_file(_pid_file(settings, name), ProcessId.of(process))
    logger.info("started %s as process %d", name, child.pid)
    return process


def _stop_one(settings: Settings, name: str) -> bool:
    pid_file = _pid_file(settings, name)
    process = read_pid_file(pid_file)
    if process is None:
        pid_file.unlink(missing_ok=True)
        return False
    # Code server and runs; once their parent is gone nothing leads to them any more.
    below = process.children(recursive=True)
    stopped = [stop_process(each, SERVICE_STOP_WAYS) for each in (process, *below)]
    if not all(stopped):
        raise ServiceUnavailable(f"The {name} (process {process.pid}) does not stop.")
    pid_file.unlink(missing_ok=True)
    _reap()
    return True


def _status_of(settings: Settings, name: str) -> ServiceStatus:
    pid_file = _pid_file(settings, name)
    process = read_pid_file(pid_file)
    if process is None:
        # Who stops a service takes its pid file away.
        return ServiceStatus(name, None, None, log_file(settings, name), ended=pid_file.exists())
    address = addresses(settings).get(name)
    return ServiceStatus(name, process.pid, address, log_file(settings, name))


def _wait_until_answering(
    settings: Settings, name: str, processes: Mapping[str, psutil.Process]
) -> None:
    """Wait for the one with this name; that any of these has ended is told at once."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        answering = answers(settings, name)
        for each, process in processes.items():
            _require_alive(settings, each, process)
        if answering:
            return
        if time.monotonic() > deadline:
            raise ServiceUnavailable(
                f"The {name} runs, but does not answer after {START_SECONDS:.0f} seconds; "
                f"see {log_file(settings, name)}."
            )
        time.sleep(0.2)


def _require_alive(settings: Settings, name: str, process: psutil.Process) -> None:
    _reap()
    if not is_alive(process):
        raise ServiceUnavailable(
            f"The {name} ended right after it was started; "
            f"the end of {log_file(settings, name)} says why."
        )


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _pid_file(settings: Settings, name: str) -> Path:
    return settings.dagster_dir / f"{name}.pid"


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Only one command at a time starts or stops services of this home."""
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    with (settings.dagster_dir / "services.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
