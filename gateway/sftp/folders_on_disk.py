"""An account's two folders where they are folders: its drop folder, and its parts of uploads."""

import os
import shutil
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from gateway.sftp import unfinished_uploads
from gateway.sftp.sender_folders import Registry, SenderFile, file_of
from registry.accounts.accounts import Account
from registry.landing import pending_folder
from registry.landing.archive_copy import ArchiveCopy
from registry.landing.drop_folder import PENDING, RESULTS, account_folder
from registry.settings import Settings


class FoldersOnDisk:
    """A `SenderFolders` over folders."""

    def __init__(self, settings: Settings, account: Account, registry: Registry) -> None:
        self._settings = settings
        self._account = account
        self._registry = registry
        self._root = account_folder(settings, account)

    def folder_modified(self, folder: str | None) -> float:
        """When the folder changed."""
        return (self._root / (folder or "")).stat().st_mtime

    def pending(self) -> dict[str, SenderFile]:
        """The plain files in Pending."""
        return {
            each.name: file_of(each.status)
            for each in pending_folder.list_pending(self._settings, self._account)
        }

    def parts(self) -> dict[str, SenderFile]:
        """The parts that the folder of uploads has."""
        return {
            name: file_of(status)
            for name, status in unfinished_uploads.list_partials(
                self._settings, self._account
            ).items()
        }

    def find_part(self, name: str) -> SenderFile | None:
        """The part that the folder of uploads has."""
        status = unfinished_uploads.find_partial(self._settings, self._account, name)
        return None if status is None else file_of(status)

    def results(self) -> dict[str, SenderFile]:
        """The plain files in Results that are not hidden."""
        with os.scandir(self._root / RESULTS) as entries:
            return {
                entry.name: file_of(entry.stat(follow_symlinks=False))
                for entry in entries
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
            }

    def find_pending(self, name: str) -> SenderFile | None:
        """What has this name in Pending, plain or not."""
        return _find(self._root / PENDING / name)

    def find_result(self, name: str) -> SenderFile | None:
        """The plain file of this name in Results."""
        found = None if name.startswith(".") else _find(self._root / RESULTS / name)
        return found if found is not None and found.is_plain else None

    def open_result(self, name: str) -> BinaryIO:
        """Open the file of this name in Results."""
        if self.find_result(name) is None:
            raise FileNotFoundError(name)
        # Results are never replaced by us, but an operator may put something else in their place:
        # do not follow a link, and do not wait for a pipe.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.fdopen(os.open(self._root / RESULTS / name, flags), "rb", buffering=0)

    def fetch(self, name: str, path: Path) -> bool:
        """Move the part to `path`, or copy the waiting file there."""
        if unfinished_uploads.take_partial(self._settings, self._account, name, path):
            return True
        with suppress(FileNotFoundError):
            shutil.copyfile(self._root / PENDING / name, path, follow_symlinks=False)
        return False

    def land(self, draft: Path, received_at: datetime, begun: ArchiveCopy | None) -> None:
        """Archive the draft, move it into Pending, enter it in the ledger."""
        with self._registry() as connection:
            pending_folder.land(
                connection, self._settings, self._account, draft, received_at, begun=begun
            )
        self.remove_part(draft.name)

    def keep_part(self, draft: Path) -> None:
        """Move the draft to the parts."""
        unfinished_uploads.keep_partial(self._settings, self._account, draft)

    def rename(self, old: str, new: str, received_at: datetime, *, overwrite: bool) -> None:
        """Rename a file in Pending."""
        with self._registry() as connection:
            pending_folder.rename(
                connection,
                self._settings,
                self._account,
                old,
                new,
                received_at=received_at,
                overwrite=overwrite,
            )
        self.remove_part(new)

    def remove_part(self, name: str) -> bool:
        """Delete the part from the folder of uploads."""
        return unfinished_uploads.drop_partial(self._settings, self._account, name)

    def remove(self, name: str) -> None:
        """Delete a file in Pending."""
        with self._registry() as connection:
            pending_folder.remove(connection, self._settings, self._account, name)

    def note_strays(self, names: list[str]) -> None:
        """Write the record of uploads."""
        with self._registry() as connection:
            pending_folder.note_strays(connection, self._settings, self._account, names)

    def set_times(self, name: str, times: tuple[float, float]) -> None:
        """Set the times of the file in Pending."""
        os.utime(self._root / PENDING / name, times, follow_symlinks=False)


def _find(path: Path) -> SenderFile | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISREG(status.st_mode):
        return file_of(status)
    return SenderFile(0, 0, 0, is_plain=False)
