"""Taking the file of an import out of Pending without losing what somebody still writes to it.

A file is hidden first, so that nobody can open it by its name any more. Then it is seen who has it
open, and only then are its bytes compared: what was imported is removed, what differs gets its name
back and is a new file. Where the system does not tell who writes, the hidden file is kept for
`HELD_SECONDS`, and compared once more before it is removed.
"""

import stat
import time
from dataclasses import dataclass
from enum import Enum
from itertools import count
from pathlib import Path

from registry.landing.open_writers import OpenWriters, Writers
from registry.landing.result_names import fitting_name
from registry.landing.stability import FileStamp, text_name
from registry.store.durable_files import digest, sync_folders

HELD_PREFIX = ".taken-"
HELD_SECONDS = 3600.0


class Taken(Enum):
    """What became of a file that was to be taken out."""

    NOTHING = "it was not there"
    REMOVED = "its bytes are those that were imported"
    HELD = "the same, but somebody may still write to it"
    PUT_BACK = "its bytes are others"
    STILL_WRITTEN = "somebody has it open for writing; it is in its place"


@dataclass(frozen=True)
class TakenFile:
    """The file of an import: the name it has in Pending, the bytes that were imported."""

    import_id: str
    name: str
    sha256: str
    byte_count: int


def take_file(pending: Path, file: TakenFile) -> Taken:
    """Take a file out of `pending`. Safe to call again after a kill.

    Raises:
        OSError: a folder cannot be written, or the file cannot be read.
    """
    hidden = pending.parent / f"{HELD_PREFIX}{file.import_id}"
    wanted = pending / file.name
    if not hidden.exists():
        path = path_of(pending, file.name)
        if path is None:
            return Taken.NOTHING
        if OpenWriters().of(path) is Writers.SOME:
            return Taken.STILL_WRITTEN
        wanted = path
        path.rename(hidden)
    taken = _judge(hidden, file.sha256)
    if taken is Taken.REMOVED:
        hidden.unlink()
    elif taken is not Taken.HELD and _put_back(hidden, wanted) != wanted:
        taken = Taken.PUT_BACK
    sync_folders(pending, pending.parent)
    return taken


def settle(pending: Path, file: TakenFile) -> None:
    """Decide about a file that was hidden and kept, of an import that is over.

    It gets a name in `pending` back once its bytes are others, and is removed after `HELD_SECONDS`.

    Raises:
        OSError: a folder cannot be written, or the file cannot be read.
    """
    hidden = pending.parent / f"{HELD_PREFIX}{file.import_id}"
    status = hidden.stat()
    # When its name was changed: no sender can set that time.
    if status.st_size == file.byte_count and time.time() - status.st_ctime < HELD_SECONDS:
        return
    taken = _judge(hidden, file.sha256)
    if taken is Taken.PUT_BACK:
        _put_back(hidden, pending / file.name)
    elif taken is not Taken.STILL_WRITTEN:
        hidden.unlink()
    sync_folders(pending, pending.parent)


def path_of(folder: Path, name: str) -> Path | None:
    """The plain file in `folder` that the ledger calls `name`, if it is there."""
    exact = folder / name
    found = [exact] if exact.exists() else [
        path for path in folder.iterdir() if "\ufffd" in name and text_name(path.name) == name
    ]  # fmt: skip
    return next((path for path in found if stat.S_ISREG(path.lstat().st_mode)), None)


def _judge(hidden: Path, sha256: str) -> Taken:
    # Writers are looked for first: the file is hidden, so no process can open it afterwards, and
    # one that nobody writes to now will not be written to while its bytes are read.
    writers = OpenWriters().of(hidden)
    before = FileStamp.of(hidden.stat())
    same = digest(hidden) == sha256 and FileStamp.of(hidden.stat()) == before
    if not same:
        return Taken.PUT_BACK
    return {
        Writers.NONE: Taken.REMOVED,
        Writers.SOME: Taken.STILL_WRITTEN,
        Writers.UNKNOWN: Taken.HELD,
    }[writers]


def _put_back(hidden: Path, wanted: Path) -> Path:
    """Give a file its name again, or `name_2` and so on where that is taken by now."""
    for number in count(1):
        suffix = f"_{number}" if number > 1 else ""
        free = wanted.with_name(fitting_name(wanted.name, suffix))
        try:
            # A hard link would do this in one step, but the system refuses links to files of other
            # users, such as those that another SFTP server wrote.
            free.touch(exist_ok=False)
        except FileExistsError:
            continue
        hidden.rename(free)
        return free
    raise AssertionError("names never run out")
