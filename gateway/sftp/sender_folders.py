"""The two folders of an account as its SFTP clients see them, wherever the files are.

`folders_on_disk.py` has them in the drop folder, `folders_in_store.py` in ledger and store. What
clients see and may do is the same. Everything here blocks.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.landing.archive_copy import ArchiveCopy

Registry = Callable[[], AbstractContextManager[Connection]]
"""Gives a connection to the registry, which is committed at the end."""

OfAccount = Callable[[Account], AbstractContextManager[Connection]]
"""The same for one account, whose rows alone it sees."""


@dataclass(frozen=True)
class SenderFile:
    """A file as a client sees it; times are seconds since 1970.

    `version` is another one as soon as another file has its name. `is_plain` is False for what an
    operator laid there and no client may touch: a link, a folder, a pipe.
    """

    size: int
    accessed: float
    modified: float
    version: object = None
    is_plain: bool = True


class SenderFolders(Protocol):
    """Pending, with parts of uploads that broke off, and Results of one account.

    Raises:
        StorageUnavailable, DatabaseUnavailable: by all methods.
    """

    def folder_modified(self, folder: str | None) -> float:
        """When a folder changed, in seconds since 1970; for the event loop, so it must not wait."""
        ...

    def pending(self) -> dict[str, SenderFile]:
        """The plain files in Pending, by name."""
        ...

    def parts(self) -> dict[str, SenderFile]:
        """The parts of uploads that broke off, by the name of the file."""
        ...

    def find_part(self, name: str) -> SenderFile | None:
        """The part of this name."""
        ...

    def results(self) -> dict[str, SenderFile]:
        """The files in Results, by name."""
        ...

    def find_pending(self, name: str) -> SenderFile | None:
        """What has this name in Pending."""
        ...

    def find_result(self, name: str) -> SenderFile | None:
        """The result of this name."""
        ...

    def open_result(self, name: str) -> BinaryIO:
        """Open a result for reading.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def fetch(self, name: str, path: Path) -> bool:
        """Put the bytes of the part of this name at `path`, else those of the file that waits.

        Nothing is put there if there is neither. Returns whether it was a part.
        """
        ...

    def land(self, draft: Path, received_at: datetime, begun: ArchiveCopy | None) -> None:
        """Take in the complete upload `draft` under its own name, for a part of that name too.

        See `registry.landing.pending_folder.land`.
        """
        ...

    def keep_part(self, draft: Path) -> None:
        """Keep an upload that broke off, in place of an earlier part of its name."""
        ...

    def rename(self, old: str, new: str, received_at: datetime, *, overwrite: bool) -> None:
        """Give a file in Pending another name; a part of the new name is dropped.

        See `registry.landing.pending_folder.rename`.
        """
        ...

    def remove_part(self, name: str) -> bool:
        """Delete the part of this name. Returns whether there was one."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file in Pending.

        Raises:
            NotFound: there is none.
            NotAllowed: it is being processed.
        """
        ...

    def note_strays(self, names: list[str]) -> None:
        """Tell the sender of those of these files that still have a temporary name."""
        ...

    def set_times(self, name: str, times: tuple[float, float]) -> None:
        """Set access and modification time of a plain file in Pending, in seconds since 1970."""
        ...


def file_of(status: os.stat_result) -> SenderFile:
    """A plain file on the disk."""
    version = (status.st_ino, status.st_ctime_ns)
    return SenderFile(status.st_size, status.st_atime, status.st_mtime, version)
