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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from cli.services.listening import (
    API,
    CODE,
    DAEMON,
    MARTS,
    SFTP,
    SUPERVISOR,
    addresses,
    answers,
    metrics_port,
    of_process,
    refuse_taken_port,
    service_of,
)
from cli.services.programs import (
    MANY,
    command_of,
    environment_of,
    log_writer_of,
    place_in_stop,
    start_order,
    stop_order,
)
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
STOP_SECONDS = 20.0
"""For a service to end after SIGTERM, besides the time in which a door ends what is under way."""
KILL_SECONDS = 5.0

# Processes that this process has started. Without a reference, Python warns of processes that are
# dropped while they run. `poll` reaps those that ended.
_children: list[subprocess.Popen[bytes]] = []
_writers: dict[str, subprocess.Popen[bytes]] = {}
"""Of these, the process that writes the log of each service."""

LAST_WORDS_SECONDS = 5.0


@dataclass(frozen=True)
class ServiceStatus:
    """One service as it is now; `ended` says that it stopped running and nobody stopped it.

    `log_ended` says that it runs, and that the process which writes its log does not any more.
    """

    name: str
    pid: int | None
    address: str | None
    log_file: Path
    ended: bool = False
    log_ended: bool = False

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
        order = start_order(settings)
        running = {name: read_pid_file(pid_file(settings, name)) for name in order}
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
            for name in order:
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
        doors = [name for name in _known(settings) if _is_door(name)]
        with ThreadPoolExecutor(len(doors)) as at_once:  # each may have work under way
            ended = list(at_once.map(lambda name: _stop_one(settings, name), doors))
        others = [name for name in _known(settings) if name not in doors]
        stopped = [name for name, was in zip(doors, ended, strict=True) if was]
        stopped += [name for name in others if _stop_one(settings, name)]
    return [SUPERVISOR, *stopped] if supervised else stopped


def status(settings: Settings) -> list[ServiceStatus]:
    """All services: whether they run, and where they log."""
    return [_status_of(settings, name) for name in _known(settings)]


def _known(settings: Settings) -> list[str]:
    """The processes that these settings ask for, and those that earlier ones asked for."""
    further = (
        path.stem for service in MANY for path in settings.dagster_dir.glob(f"{service}*.pid")
    )
    named = {name for name in further if service_of(name)[0] in MANY}
    return sorted(named | set(stop_order(settings)), key=place_in_stop)


def log_file(settings: Settings, name: str) -> Path:
    """The log of a service; each start appends to it."""
    return settings.log_dir / f"{name}.log"


def launch(settings: Settings, name: str, environment: Mapping[str, str]) -> psutil.Process:
    """Start the process of a service; to be called under `services_lock`."""
    _reap()
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    # In sessions of their own, so that Ctrl-C in the terminal, or closing it, does not reach them.
    apart: dict[str, Any] = {"start_new_session": True, "umask": PRIVATE_UMASK}
    environment = {**environment, **of_process(settings, name).as_environment()}
    if (port := metrics_port(settings, name)) is not None:
        environment["ROSTERLINE_METRICS_PORT"] = str(port)
    output, written = os.pipe()
    try:
        writer = subprocess.Popen(
            log_writer_of(settings, log_file(settings, name).absolute()),
            stdin=output,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **apart,
        )
        child = subprocess.Popen(
            command_of(settings, name),
            cwd=PROJECT_DIR,
            env=environment_of(name, environment),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            **apart,
        )
    finally:
        # The writer ends when nobody else has the other end of the pipe any more.
        os.close(output)
        os.close(written)
    _children.extend((child, writer))
    _writers[name] = writer
    process = psutil.Process(child.pid)
    if name == MARTS:
        # Builds of the marts are its child processes. They must not slow down imports.
        process.nice(MARTS_NICENESS)
    with suppress(psutil.NoSuchProcess):  # a service that cannot start ends at once, its writer too
        write_pid_file(writer_pid_file(settings, name), ProcessId.of(psutil.Process(writer.pid)))
    write_pid_file(pid_file(settings, name), ProcessId.of(process))
    logger.info("started %s as process %d", name, child.pid)
    return process


def _stop_one(settings: Settings, name: str) -> bool:
    file = pid_file(settings, name)
    process = read_pid_file(file)
    # Without the file, the supervisor's child knows that its guard was stopped on purpose.
    file.unlink(missing_ok=True)
    writer_pid_file(settings, name).unlink(missing_ok=True)
    if process is None:
        return False
    # Code server and runs. They must be listed before their parent ends: then nothing leads to
    # them any more.
    # Of the supervisor, only itself: services that it started again are stopped in their turn.
    below = process.children(recursive=name != SUPERVISOR)
    # On SIGTERM Dagster closes its code server. The runs that it leaves behind are stopped next.
    ways = ((signal.SIGTERM, _stop_seconds(settings, name)), (signal.SIGKILL, KILL_SECONDS))
    stopped = [stop_process(each, ways) for each in (process, *below)]
    if not all(stopped):
        write_pid_file(file, ProcessId.of(process))
        raise ServiceUnavailable(f"The {name} (process {process.pid}) does not stop.")
    _wait_for_last_words(name)
    _reap()
    return True


def _stop_seconds(settings: Settings, name: str) -> float:
    draining = settings.drain_notice_seconds + settings.drain_seconds
    return STOP_SECONDS + (draining if _is_door(name) else 0.0)


def _is_door(name: str) -> bool:
    return service_of(name)[0] in (API, SFTP)


def _status_of(settings: Settings, name: str) -> ServiceStatus:
    file = pid_file(settings, name)
    process = read_pid_file(file)
    if process is None:
        # `stop` removes the pid file, so a file without a process means that it ended by itself.
        return ServiceStatus(name, None, None, log_file(settings, name), ended=file.exists())
    address = addresses(settings).get(name)
    writer = writer_pid_file(settings, name)
    log_ended = writer.exists() and read_pid_file(writer) is None
    return ServiceStatus(name, process.pid, address, log_file(settings, name), log_ended=log_ended)


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
        _wait_for_last_words(name)
        raise ServiceUnavailable(
            f"The {name} ended right after it was started; "
            f"the end of {log_file(settings, name)} says why."
        )


def _wait_for_last_words(name: str) -> None:
    """Wait until the log of a service that ended is complete, if this process had started it."""
    with suppress(KeyError, subprocess.TimeoutExpired):
        _writers[name].wait(LAST_WORDS_SECONDS)


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def pid_file(settings: Settings, name: str) -> Path:
    """The file that names the process of a service; it is there until somebody stops it."""
    return settings.dagster_dir / f"{name}.pid"


def writer_pid_file(settings: Settings, name: str) -> Path:
    """The file that names the process which writes the log of a service."""
    return settings.dagster_dir / f"{name}-log.pid"


@contextmanager
def services_lock(settings: Settings) -> Iterator[None]:
    """Only one command at a time starts or stops services of this home; others wait."""
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    with (settings.dagster_dir / "services.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
