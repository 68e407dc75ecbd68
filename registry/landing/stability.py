"""Whether a file in a plain folder is complete: it must stand still while we look twice.

Nobody tells us when an upload into a plain folder is over (OpenSSH and rclone write straight to
the final name), so a file counts as complete once size, modification time and inode are the same
at two looks and for a quiet time between them. The quiet time is measured by `time.monotonic()`,
which on Linux counts since boot for every process alike: wall clocks jump, and a modification
time is whatever the sender says. After a reboot the earlier looks lie in the future or further
back than they were, never nearer: a file can only wait longer for it.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

MAX_ENTRIES = 10_000
"""Most files looked at in one call; those beyond come into view as the first ones leave."""

TEMPORARY_PREFIXES = (".", "~")
TEMPORARY_SUFFIXES = (".part", ".partial", ".filepart", ".tmp", ".crdownload", "~")


class Stamp(NamedTuple):
    """What the file system tells about a file's content without reading it."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """The stamp in what `os.stat` says."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True)
class Sighting:
    """A file as it is since `since` (seconds of `time.monotonic()`).

    `registered` is the partition key of the import that these bytes became.
    """

    stamp: Stamp
    since: float
    registered: str | None = None


Seen = Mapping[str, Sighting]
"""Sightings by `name_key`."""


@dataclass(frozen=True)
class Found:
    """A file that stood still. `name` is its name as text that PostgreSQL can hold."""

    path: Path
    name: str
    key: str
    stamp: Stamp


class Look(NamedTuple):
    """What one look gave: files that are complete, the oldest first, and what was seen."""

    ready: tuple[Found, ...]
    seen: dict[str, Sighting]


def stood_still(before: Sighting | None, stamp: Stamp, now: float, quiet_seconds: float) -> bool:
    """Whether a file that has `stamp` now is complete, given the look before this one."""
    if before is None or before.stamp != stamp or before.since > now:
        return False
    return now - before.since >= quiet_seconds


def seen_again(before: Sighting | None, stamp: Stamp, now: float) -> Sighting:
    """The sighting to keep after this look; one from the future was made before a reboot."""
    if before is None or before.stamp != stamp:
        return Sighting(stamp, now)
    return before if before.since <= now else replace(before, since=now)


def look_into(folder: Path, seen: Seen, now: float, quiet_seconds: float) -> Look:
    """Look once at the files of `folder`; subfolders, links and temporary names are left alone.

    Raises:
        OSError: the folder cannot be read.
    """
    ready: list[Found] = []
    seen_now: dict[str, Sighting] = {}
    for path, stamp in islice(_files(folder), MAX_ENTRIES):
        key = name_key(path.name)
        before = seen.get(key)
        if stood_still(before, stamp, now, quiet_seconds):
            ready.append(Found(path, text_name(path.name), key, stamp))
        seen_now[key] = seen_again(before, stamp, now)
    ready.sort(key=lambda found: (found.stamp.mtime_ns, found.name))
    return Look(tuple(ready), seen_now)


def is_temporary(name: str) -> bool:
    """Whether a name says that its file is still being written, or is none of ours."""
    lower = name.lower()
    return lower.startswith(TEMPORARY_PREFIXES) or lower.endswith(TEMPORARY_SUFFIXES)


def name_key(name: str) -> str:
    """A short stand-in for a file name, which may hold a patient's name and is kept nowhere."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


def text_name(name: str) -> str:
    """A file name as text; bytes that are no UTF-8 (old FTP servers) become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _files(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it went away after it was listed
            if stat.S_ISREG(status.st_mode):
                yield Path(entry.path), Stamp.of(status)
