"""Whether the code on disk is still the one that this process has loaded."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pipelines.process_environment import PROJECT_DIR

PACKAGES = ("assets", "identity", "pipelines", "registry", "rosters", "schemas")
_READ = (".py", ".sql", ".yaml")


def state_of_code(folder: Path = PROJECT_DIR) -> int:
    """A number that changes with any file of our packages: a hash of names, sizes and times.

    Some 7 ms for 800 files, on a busy machine.
    """
    return hash(tuple(sorted(_files(folder))))


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    pending = [str(folder / name) for name in PACKAGES]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except FileNotFoundError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                pending.append(entry.path)
            elif entry.name.endswith(_READ):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns


def load_again() -> None:
    """Replace this process's program by a new start of itself; its number and children stay."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
