"""Whether a file in a plain folder is complete: it must stay unchanged between two scans.

Nothing says when an upload into a plain folder is over (OpenSSH and rclone write straight to the
final name), so a file counts as complete once size, modification time and inode are the same at
two scans and for a quiet time between them, and nobody has it open for writing as far as the
system tells (`open_writers.py`). A writer that keeps it open and writes nothing is waited for
`OPEN_SECONDS`; what it writes afterwards is a new file.

The quiet time is measured by `time.monotonic()`, which on Linux counts since boot for every process
alike. Wall clocks jump, and a modification time is whatever the sender says. After a reboot the
earlier observations lie in the future, or further back than they were, never nearer: a reboot can
only make a file wait longer.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from registry.landing.helper_files import is_helper
from registry.landing.open_writers import OpenWriters, Writers

OPEN_SECONDS = 900.0
"""How long a file that stands still is left alone because somebody has it open for writing."""

STRAY_SECONDS = 3600.0
"""How long a file may have a temporary name before its sender is told that it is not imported."""

MAX_ENTRIES = 10_000
"""Most files looked at in one scan; further ones are seen as the first ones leave."""

TEMPORARY_PREFIXES = (".", "~")
TEMPORARY_SUFFIXES = (".part", ".partial", ".filepart", ".tmp", ".crdownload", "~")


class FileStamp(NamedTuple):
    """What the file system says about a file's content without reading it."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        """The stamp in what `os.stat` says."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True)
class FileObservation:
    """What a file has been like since `since` (seconds of `time.monotonic()`).

    `registered` is the partition key of the import that these bytes became, or why they became
    none.
    """

    stamp: FileStamp
    since: float
    registered: str | None = None


Observations = Mapping[str, FileObservation]
"""Observations by `name_key`."""


@dataclass(frozen=True)
class CompleteFile:
    """A file that no longer changes. `name` is its name as text that PostgreSQL can hold."""

    path: Path
    name: str
    key: str
    stamp: FileStamp


class FolderScan(NamedTuple):
    """Result of a scan: the files that are complete, the oldest first, and all observations.

    `helpers` are names of files that are no rosters (`helper_files.py`), `strays` those of files
    that have had a temporary name for `STRAY_SECONDS`.
    """

    ready: tuple[CompleteFile, ...]
    seen: dict[str, FileObservation]
    helpers: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


def is_complete(
    before: FileObservation | None, stamp: FileStamp, now: float, quiet_seconds: float
) -> bool:
    """Whether a file that has `stamp` now is complete, given the observation before this one.

    Example:
        Observed with the same stamp at second 100, and with 5 quiet seconds, it is complete at
        second 105 and not yet at 104.
    """
    if before is None or before.stamp != stamp or before.since > now:
        return False
    return now - before.since >= quiet_seconds


def next_observation(
    before: FileObservation | None, stamp: FileStamp, now: float
) -> FileObservation:
    """The observation to keep after this scan.

    An observation from the future was made before a reboot; its time is set to now.
    """
    if before is None or before.stamp != stamp:
        return FileObservation(stamp, now)
    return before if before.since <= now else replace(before, since=now)


def scan_folder(
    folder: Path,
    seen: Observations,
    now: float,
    quiet_seconds: float,
    clock: float | None = None,
) -> FolderScan:
    """Scan the files of `folder` once; subfolders, links and temporary names are left alone.

    With `clock` (seconds of `time.time()`), a file seen for the first time counts as standing still
    since the file system last noted a change of it, which no sender can set. For a person who
    waits: where the clock was set meanwhile, that is too short or too long a time.

    Raises:
        OSError: the folder cannot be read.
    """
    ready: list[CompleteFile] = []
    seen_now: dict[str, FileObservation] = {}
    writers = OpenWriters()
    for path, status in islice(plain_files(folder), MAX_ENTRIES):
        key, stamp = name_key(path.name), FileStamp.of(status)
        before = seen.get(key)
        if is_complete(before, stamp, now, quiet_seconds) and (
            is_complete(before, stamp, now, OPEN_SECONDS) or not _is_written(path, before, writers)
        ):
            ready.append(CompleteFile(path, text_name(path.name), key, stamp))
        first = now if before or clock is None else now - max(0.0, clock - status.st_ctime)
        seen_now[key] = next_observation(before, stamp, first)
    ready.sort(key=lambda found: (found.stamp.mtime_ns, found.name))
    return FolderScan(tuple(ready), seen_now, _helpers(folder), stray_names(folder, time.time()))


def plain_files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The files of `folder` that may be rosters by their kind and name.

    Raises:
        OSError: the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it was removed after it was listed
            if stat.S_ISREG(status.st_mode):
                yield Path(entry.path), status


def stray_names(folder: Path, clock: float) -> tuple[str, ...]:
    """Files whose name is still temporary `STRAY_SECONDS` after their last change.

    `clock` is `time.time()`. Where it was set meanwhile, a sender is told too early or too late.

    Raises:
        OSError: the folder cannot be read.
    """
    strays = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_temporary(entry.name) or is_helper(entry.name):
                continue
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and clock - status.st_ctime > STRAY_SECONDS:
                    strays.append(text_name(entry.name))
    return tuple(sorted(strays))


def is_temporary(name: str) -> bool:
    """Whether a name says that its file is still being written, or is not a roster at all."""
    lower = name.lower()
    return (
        is_helper(name)
        or lower.startswith(TEMPORARY_PREFIXES)
        or lower.endswith(TEMPORARY_SUFFIXES)
    )


def name_key(name: str) -> str:
    """A short hash in place of a file name, which may hold a patient's name and is kept nowhere."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


def text_name(name: str) -> str:
    """A file name as text; bytes that are not UTF-8 (old FTP servers) become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _is_written(path: Path, before: FileObservation | None, writers: OpenWriters) -> bool:
    # What the ledger knows already is not asked about at every scan.
    if before is not None and before.registered is not None:
        return False
    try:
        return writers.of(path) is Writers.SOME
    except OSError:
        return False  # whoever reads it will say what is wrong with it


def _helpers(folder: Path) -> tuple[str, ...]:
    with os.scandir(folder) as entries:
        return tuple(sorted(text_name(each.name) for each in entries if is_helper(each.name)))
