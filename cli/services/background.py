"""Dagster's webserver and daemon, SFTP, API and portal: processes that outlive the command.

Each has a log file and a pid file. The next command finds both again, whoever started them.
Nothing here imports Dagster: the services are programs of the same virtual environment.
"""

import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.services.listening import (
    CODE,
    DAEMON,
    MARTS,
    SUPERVISOR,
    addresses,
    answers,
    refuse_taken_port,
)
from cli.services.programs import START_ORDER, STOP_ORDER, command_of
from pipelines.process_environment import PROJECT_DIR, dagster_environment, write_workspace
from registry.processes import (
    PRIVATE_UMASK,
    ProcessId,
    is_alive,
    read_pid_file,
    stop_process,
    write_pid_file,
)
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

logger = logging.getLogger(__name__)

MARTS_NICENESS = 10
START_SECONDS = 180.0
# On SIGTERM Dagster closes its code server. The runs that it leaves behind are stopped next.
SERVICE_STOP_WAYS = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))

# Processes that this process has started. Without a reference, Python warns of processes that are
# dropped while they run. `poll` reaps those that ended.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class ServiceStatus:
    """One service as it is now; `ended` says that it stopped running and nobody stopped it."""

    name: str
    pid: int | None
    address: str | None
    log_file: Path
    ended: bool = False

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.pid is not None


def start(settings: Settings) -> dict[str, str]:
    """Start all services that do not run yet, and wait until they answer.

    Returns:
        Address by service name, of the services that have one.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
        ServiceUnavailable: a port is taken, or a process ended; the message names its log.
    """
    environment = os.environ | dagster_environment(settings)
    with services_lock(settings):
        write_workspace(settings)
        running = {name: read_pid_file(pid_file(settings, name)) for name in START_ORDER}
        missing = [name for name, process in running.items() if process is None]
        for name in missing:
            refuse_taken_port(settings, name)
        try:
            launched: dict[str, psutil.Process] = {}
            for name in missing:
                for server in (CODE, MARTS) if name == DAEMON else ():
                    # Dagster asks for a code location once, and shows it as broken if nothing
                    # answers.
                    if server in launched:
                        _wait_until_answering(settings, server, launched)
                launched[name] = launch(settings, name, environment)
            found = {name: process for name, process in running.items() if process is not None}
            for name in START_ORDER:
                _wait_until_answering(settings, name, found | launched)
        except ServiceUnavailable:
            # All services or none: a daemon alone would start runs that nobody can see.
            for name in missing:
                _stop_one(settings, name)
            raise
    return addresses(settings)


def stop(settings: Settings) -> list[str]:
    """Stop all services that run, with their child processes. Returns the names of those.

    Raises:
        ServiceUnavailable: a process does not end.
    """
    # It holds the lock while it starts something again.
    supervised = _stop_one(settings, SUPERVISOR)
    with services_lock(settings):
        stopped = [name for name in STOP_ORDER if _stop_one(settings, name)]
    return [SUPERVISOR, *stopped] if supervised else stopped


def status(settings: Settings) -> list[ServiceStatus]:
    """All services: whether they run, and where they log."""
    return [_status_of(settings, name) for name in STOP_ORDER]


def log_file(settings: Settings, name: str) -> Path:
    """The log of a service; each start appends to it."""
    return settings.log_dir / f"{name}.log"


def launch(settings: Settings, name: str, environment: Mapping[str, str]) -> psutil.Process:
    """Start the process of a service; to be called under `services_lock`."""
    _reap()
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    with log_file(settings, name).open("ab") as log:
        child = subprocess.Popen(
            command_of(settings, name),
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # In a session of its own, so that Ctrl-C in the terminal, or closing it, does not
            # reach the service.
            start_new_session=True,
            umask=PRIVATE_UMASK,
        )
    _children.append(child)
    process = psutil.Process(child.pid)
    if name == MARTS:
        # Builds of the marts are its child processes. They must not slow down imports.
        process.nice(MARTS_NICENESS)
    write_pid_file(pid_file(settings, name), ProcessId.of(process))
    logger.info("started %s as process %d", name, child.pid)
    return process


def _stop_one(settings: Settings, name: str) -> bool:
    file = pid_file(settings, name)
    process = read_pid_file(file)
    # Without the file, the supervisor's child knows that its guard was stopped on purpose.
    file.unlink(missing_ok=True)
    if process is None:
        return False
    # Code server and runs. They must be listed before their parent ends: then nothing leads to
    # them any more.
    # Of the supervisor, only itself: services that it started again are stopped in their turn.
    below = process.children(recursive=name != SUPERVISOR)
    stopped = [stop_process(each, SERVICE_STOP_WAYS) for each in (process, *below)]
    if not all(stopped):
        write_pid_file(file, ProcessId.of(process))
        raise ServiceUnavailable(f"The {name} (process {process.pid}) does not stop.")
    _reap()
    return True


def _status_of(settings: Settings, name: str) -> ServiceStatus:
    file = pid_file(settings, name)
    process = read_pid_file(file)
    if process is None:
        # `stop` removes the pid file, so a file without a process means that it ended by itself.
        return ServiceStatus(name, None, None, log_file(settings, name), ended=file.exists())
    address = addresses(settings).get(name)
    return ServiceStatus(name, process.pid, address, log_file(settings, name))


def _wait_until_answering(
    settings: Settings, name: str, processes: Mapping[str, psutil.Process]
) -> None:
    """Wait for the service with this name.

    Raises:
        ServiceUnavailable: any of the processes has ended, or the service does not answer in time.
    """
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


def pid_file(settings: Settings, name: str) -> Path:
    """The file that names the process of a service; it is there until somebody stops it."""
    return settings.dagster_dir / f"{name}.pid"


@contextmanager
def services_lock(settings: Settings) -> Iterator[None]:
    """Only one command at a time starts or stops services of this home; others wait."""
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    with (settings.dagster_dir / "services.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
