"""An account's two folders where a bucket is the store: as ledger and store have them.

Any number of servers shows the same. Only what a session is writing is on its server's disk.
"""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from gateway.sftp import unfinished_uploads
from gateway.sftp.sender_folders import OfAccount, Registry, SenderFile
from registry.accounts.accounts import Account, list_accounts
from registry.landing import pending_in_store, results_in_store, sftp_uploads
from registry.landing.adopted_folders import adopt_folders
from registry.landing.archive_copy import ArchiveCopy
from registry.landing.results_in_store import SenderResult
from registry.landing.sftp_uploads import WaitingFile, list_uploads
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors


class FoldersInStore:
    """A `SenderFolders` over ledger and store."""

    def __init__(self, settings: Settings, account: Account, registry: Registry) -> None:
        self._settings = settings
        self._account = account
        self._registry = registry

    def folder_modified(self, folder: str | None) -> float:  # noqa: ARG002 - nothing notes it
        """Now, so that no client takes a listing that it remembers for what is there."""
        return time.time()

    def pending(self) -> dict[str, SenderFile]:
        """What the ledger says to be in Pending."""
        with self._registry() as connection:
            found = pending_in_store.list_pending(connection, self._account)
        return {each.name: _waiting(each) for each in found}

    def parts(self) -> dict[str, SenderFile]:
        """The parts of uploads that the store has."""
        with self._registry() as connection:
            found = list_uploads(connection, self._account, is_part=True)
        return {each.name: _waiting(each) for each in found}

    def find_part(self, name: str) -> SenderFile | None:
        """The part that the store has."""
        with self._registry() as connection:
            found = list_uploads(connection, self._account, name, is_part=True)
        return _waiting(found[0]) if found else None

    def results(self) -> dict[str, SenderFile]:
        """The results that the ledger knows, and what else is among them in the store."""
        with self._registry() as connection:
            found = results_in_store.list_results(connection, self._settings, self._account)
        return {each.name: _result(each) for each in found}

    def find_pending(self, name: str) -> SenderFile | None:
        """What the ledger says to have this name in Pending."""
        with self._registry() as connection:
            found = pending_in_store.find_pending(connection, self._account, name)
        return None if found is None else _waiting(found)

    def find_result(self, name: str) -> SenderFile | None:
        """The result that the ledger knows, or the file in the store."""
        with self._registry() as connection:
            found = results_in_store.find_result(connection, self._settings, self._account, name)
        return None if found is None else _result(found)

    def open_result(self, name: str) -> BinaryIO:
        """Open a copy on this machine; a damaged result is refused, and made again."""
        with self._registry() as connection:
            found = results_in_store.find_result(connection, self._settings, self._account, name)
        if found is None:
            raise FileNotFoundError(name)
        return results_in_store.open_result(self._settings, self._account, found)

    def fetch(self, name: str, path: Path) -> bool:
        """Copy the part, or the waiting file, from the store."""
        with self._registry() as connection:
            return pending_in_store.fetch(connection, self._settings, self._account, name, path)

    def land(self, draft: Path, received_at: datetime, begun: ArchiveCopy | None) -> None:
        """Bring the draft into the store, enter it in the ledger."""
        with self._registry() as connection:
            pending_in_store.land(
                connection, self._settings, self._account, draft, received_at, begun=begun
            )

    def keep_part(self, draft: Path) -> None:
        """Bring the draft into the store as a part."""
        with self._registry() as connection:
            pending_in_store.keep_part(connection, self._settings, self._account, draft)
        shutil.rmtree(draft.parent, ignore_errors=True)

    def rename(self, old: str, new: str, received_at: datetime, *, overwrite: bool) -> None:
        """Rename a file in the ledger; bytes are copied within the store where they must be."""
        with self._registry() as connection:
            pending_in_store.rename(
                connection,
                self._settings,
                self._account,
                old,
                new,
                received_at=received_at,
                overwrite=overwrite,
            )

    def remove_part(self, name: str) -> bool:
        """Delete the part from the store."""
        with self._registry() as connection:
            return pending_in_store.remove_part(connection, self._settings, self._account, name)

    def remove(self, name: str) -> None:
        """Withdraw a file, or delete it from the store."""
        with self._registry() as connection:
            pending_in_store.remove(connection, self._settings, self._account, name)

    def note_strays(self, names: list[str]) -> None:
        """Write the record of uploads."""
        with self._registry() as connection:
            pending_in_store.note_strays(connection, self._settings, self._account, names)

    def set_times(self, name: str, times: tuple[float, float]) -> None:
        """Keep the modification time in the ledger; that of access is the same."""
        with self._registry() as connection:
            modified_at = datetime.fromtimestamp(times[1], UTC)
            pending_in_store.set_modified(connection, self._account, name, modified_at)


def sweep_store(
    settings: Settings, registry: Registry, of_account: OfAccount, *, starting: bool = False
) -> None:
    """Keep what killed servers of this home left open as parts; remove what is older than a day.

    At the start, what was in folders before there was a bucket goes into it.

    Raises:
        RosterlineError: store or database cannot be used.
    """
    with registry() as connection:
        accounts = {each.name: each for each in list_accounts(connection)}
    for account in accounts.values() if starting else ():
        with of_account(account) as connection:
            adopt_folders(connection, settings, account)
    for path in unfinished_uploads.left_over(settings):
        account = accounts.get(path.parent.parent.name)
        status = path.stat()
        if account is not None and status.st_size:
            with of_account(account) as connection:
                since = status.st_ctime  # which no sender can set
                pending_in_store.keep_part(connection, settings, account, path, since=since)
        path.unlink()
    for account in accounts.values():
        with of_account(account) as connection:
            sftp_uploads.sweep(connection, settings, account)
    store = store_of(settings)
    with storage_errors("tidy up", store.place_of("")):
        store.sweep(sftp_uploads.KEPT_SECONDS)


def _waiting(found: WaitingFile) -> SenderFile:
    modified = found.modified_at.timestamp()
    return SenderFile(found.byte_count, modified, modified, found.version)


def _result(found: SenderResult) -> SenderFile:
    written = found.written_at.timestamp()
    return SenderFile(found.byte_count, written, written)
