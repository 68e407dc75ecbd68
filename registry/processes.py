"""Background processes by identity: a pid together with the moment its process started.

A pid alone is not enough. After a reboot or a container restart the number in an old pid file
belongs to another process, which must neither be taken for ours nor be killed.
"""

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

# The kernel reports start times against a boot time that clock corrections move a little.
START_TOLERANCE_SECONDS = 2.0
POLL_SECONDS = 0.05
PRIVATE_UMASK = 0o077
"""Of commands, services and runs: what they write holds patients' data."""


@contextmanager
def private_files() -> Iterator[None]:
    """What is written here, and by processes that are started here, is for its owner alone."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


@dataclass(frozen=True)
class ProcessId:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: float

    @classmethod
    def of(cls, process: psutil.Process) -> "ProcessId":
        """The identity of a living process. Raises `psutil.NoSuchProcess`."""
        return cls(process.pid, process.create_time())

    def find(self) -> psutil.Process | None:
        """The process, or None when it has ended or another process has its number."""
        try:
            process = psutil.Process(self.pid)
            age_difference = abs(process.create_time() - self.started)
        except psutil.Error:
            return None
        return process if age_difference <= START_TOLERANCE_SECONDS and is_alive(process) else None


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs. A zombie, which nothing has reaped yet, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def read_pid_file(path: Path) -> psutil.Process | None:
    """The living process that a pid file names, if it names one."""
    try:
        stored = json.loads(path.read_text())
        identity = ProcessId(int(stored["pid"]), float(stored["started"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return identity.find()


def write_pid_file(path: Path, identity: ProcessId) -> None:
    """Write an identity into a file, whole or not at all."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(identity)))
    draft.replace(path)


def stop_process(process: psutil.Process, ways: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Ask a process to end by one signal after the other. True when it is gone.

    Args:
        process: one that we started.
        ways: signals, each with the seconds to wait after it, the mildest first.
    """
    for sign, seconds in ways:
        try:
            process.send_signal(sign)
        except psutil.NoSuchProcess:
            return True
        if wait_until_gone(process, seconds):
            return True
    return False


def wait_until_gone(process: psutil.Process, seconds: float) -> bool:
    """Wait for a process that need not be our child. True when it is gone in time."""
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
