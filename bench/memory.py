"""Peak memory of a command: that of its processes, and that of the embedded PostgreSQL."""

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

_SAMPLE_SECONDS = 0.2
MIB = 2**20


@dataclass(frozen=True)
class Ran:
    """What a command printed and the peaks seen while it ran, in MiB.

    `peak_command_mib` is the command and its children without PostgreSQL; `peak_all_mib` has the
    server too. Memory that processes share is counted once where the system tells (PSS on Linux).
    """

    output: str
    peak_command_mib: float
    peak_all_mib: float


class Sampling:
    """Looks at something from another thread, again and again, until the body is over."""

    def __init__(self, look: Callable[[], None], every_seconds: float) -> None:
        self._look, self._seconds = look, every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            self._look()


class _Peak(Sampling):
    """The highest memory of a process tree, and of it together with a server."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(self._note, _SAMPLE_SECONDS)
        self.command_bytes = 0
        self.all_bytes = 0
        self._pid, self._home = pid, home

    def _note(self) -> None:
        own, server = bytes_now(self._pid, self._home)
        self.command_bytes = max(self.command_bytes, own)
        self.all_bytes = max(self.all_bytes, own + server)


def run_measured(command: Sequence[str], environment: dict[str, str], home: Path) -> Ran:
    """Run `command` and return its standard output with the peaks.

    `home` is where an embedded server keeps its `postmaster.pid`. Raises CalledProcessError when
    the command ends with anything but 0.
    """
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    with _Peak(process.pid, home) as peak:
        output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), output)
    return Ran(output, peak.command_bytes / MIB, peak.all_bytes / MIB)


def bytes_now(pid: int, home: Path) -> tuple[int, int]:
    """What process `pid` with its children takes now, and what the server of `home` takes."""
    server = _server_pids(home)
    return sum(map(_bytes, _tree(pid) - server)), sum(map(_bytes, server))


def _server_pids(home: Path) -> set[int]:
    """Return the processes of every PostgreSQL server whose data folder is under `home`."""
    found: set[int] = set()
    for path in _pid_files(home):
        with contextlib.suppress(FileNotFoundError):  # the server stopped since the listing
            first, *_ = path.read_text().split() or [""]
            found |= _tree(int(first)) if first else set()
    return found


def _pid_files(home: Path) -> Iterable[Path]:
    """Look in folders above the data files only; each server has one pid file."""
    patterns = ("postmaster.pid", "*/postmaster.pid", "*/*/postmaster.pid")
    return [path for pattern in patterns for path in home.glob(pattern)]


def _tree(pid: int) -> set[int]:
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return set()
    return {pid, *(child.pid for child in children)}


def _bytes(pid: int) -> int:
    try:
        memory = psutil.Process(pid).memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(memory, "pss", 0) or memory.rss)
