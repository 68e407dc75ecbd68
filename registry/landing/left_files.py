"""Files with a roster's name that cannot be taken in, however long they wait."""

import os
from pathlib import Path

from registry.landing.helper_files import NOT_READABLE, TOO_LARGE
from registry.landing.stability import plain_files
from registry.settings import Settings
from registry.store.durable_files import storage_errors


def why_left(settings: Settings, path: Path, size: int) -> str | None:
    """Why a complete file stays where it is, as its sender is told; None for one to be imported."""
    if size > settings.max_file_bytes:
        return TOO_LARGE
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW))
    except PermissionError:
        return NOT_READABLE
    except OSError:
        return None  # it is gone, or whoever reads it will say what is wrong with it
    return None


def count_left(settings: Settings, pending: Path) -> int:
    """How many such files are in a Pending folder; none where there is no folder.

    Raises:
        StorageUnavailable: the folder cannot be read.
    """
    if not pending.exists():
        return 0
    with storage_errors("look for files", pending):
        files = list(plain_files(pending))
    return sum(why_left(settings, path, status.st_size) is not None for path, status in files)
