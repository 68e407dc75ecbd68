"""The room that is kept free on the home's disk, so that PostgreSQL never meets a full one.

While less is free, no file is taken in and no import is begun; both go on by themselves once there
is room again. The results of imports that are under way are still written, from the reserve.
"""

import os
from pathlib import Path

from registry.settings import Settings
from schemas.errors import DiskFull

_MIB = 1024**2

NO_ROOM = "there is no room for further files at the moment; nothing was lost, send it again later"
"""What senders are told."""


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written below `folder`, which need not exist yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    status = os.statvfs(existing)
    return status.f_bavail * status.f_frsize


def room_for_work(settings: Settings) -> int:
    """Bytes that imports under way may write for themselves.

    That is what is free beyond the reserve; where this is little, half of what is free, so that an
    import that began before the disk filled up can end.
    """
    free = free_bytes(settings.home)
    return max(free - settings.disk_reserve_bytes, free // 2)


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


def require_room_for_work(settings: Settings, needed: int) -> None:
    """Refuse to begin work that would fill the disk before it ends.

    Raises:
        DiskFull: there is less room than `needed` bytes.
    """
    room = room_for_work(settings)
    if room < needed:
        raise DiskFull(
            f"This import needs about {needed // _MIB:,} MiB of the disk of {settings.home} while "
            f"it runs, and {room // _MIB:,} MiB may be used. Nothing was imported and nothing was "
            "lost. Make room, and run it again."
        )


def said_of(settings: Settings) -> str:
    """What an operator is told of a disk that is full."""
    free = free_bytes(settings.home) // _MIB
    reserve = settings.disk_reserve_bytes // _MIB
    return (
        f"The disk of {settings.home} is full: {free:,} MiB are free, {reserve:,} MiB are kept in "
        "reserve. No file is taken in and no import begins until there is room; nothing was lost. "
        "Make room, or lower ROSTERLINE_DISK_RESERVE_BYTES."
    )
