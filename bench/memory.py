"""Memory of a command: that of its processes, and that of the embedded PostgreSQL."""

import contextlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import psutil

MIB = 2**20


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
