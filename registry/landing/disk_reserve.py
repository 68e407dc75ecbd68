"""The room that is kept free on the home's disk, so that PostgreSQL never meets a full one.

While less is free, no file is taken in and no import is begun; both go on by themselves once there
is room again. The results of imports that are under way are still written, from the reserve.
"""

import os
from pathlib import Path

from registry.settings import Settings
from schemas.errors import DiskFull

NO_ROOM = "there is no room for further files at the moment; nothing was lost, send it again later"
"""What senders are told."""


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written below `folder`, which need not exist yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    status = os.statvfs(existing)
    return status.f_bavail * status.f_frsize


def is_full(settings: Settings) -> bool:
    """Whether less than the reserve is free."""
    return free_bytes(settings.home) < settings.disk_reserve_bytes


def require_room(settings: Settings) -> None:
    """Refuse to take a file in while less than the reserve is free.

    Raises:
        DiskFull: the message says what an operator does.
    """
    if is_full(settings):
        raise DiskFull(said_of(settings))


def said_of(settings: Settings) -> str:
    """What an operator is told of a disk that is full."""
    free = free_bytes(settings.home) // 1024**2
    reserve = settings.disk_reserve_bytes // 1024**2
    return (
        f"The disk of {settings.home} is full: {free:,} MiB are free, {reserve:,} MiB are kept in "
        "reserve. No file is taken in and no import begins until there is room; nothing was lost. "
        "Make room, or lower ROSTERLINE_DISK_RESERVE_BYTES."
    )
