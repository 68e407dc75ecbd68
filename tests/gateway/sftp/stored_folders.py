"""An account's two folders in a bucket, for tests that look at folders or lay something there.

They are called as those of `pathlib` are. What is laid there comes by another way than the server:
into Pending as another server takes it in, into results as an operator puts it there.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from registry.accounts.accounts import Account
from registry.database.connections import connect
from registry.landing import pending_in_store, results_in_store
from registry.landing.archive_copy import archive_key
from registry.landing.stability import is_temporary
from registry.settings import Settings
from registry.store import store_of


class StoredFolder:
    """One of the two folders."""

    def __init__(self, settings: Settings, account: Account) -> None:
        self.settings, self.account = settings, account

    def __truediv__(self, name: str) -> "StoredFile":
        return StoredFile(self, name)

    def iterdir(self) -> list["StoredFile"]:
        return [self / each.name for each in self.found()]

    def found(self):
        raise NotImplementedError


class StoredPending(StoredFolder):
    """Pending: rows of the ledger."""

    def found(self):
        with connect(self.settings) as connection:
            return pending_in_store.list_pending(connection, self.account)

    def read(self, each) -> bytes:
        is_upload = is_temporary(each.name)
        return store_of(self.settings).read(each.version if is_upload else archive_key(each.sha256))

    def write(self, name: str, content: bytes) -> None:
        with connect(self.settings) as connection, tempfile.TemporaryDirectory() as folder:
            draft = Path(folder, name)
            draft.write_bytes(content)
            pending_in_store.land(connection, self.settings, self.account, draft, datetime.now(UTC))

    def remove(self, name: str) -> None:
        with connect(self.settings) as connection:
            pending_in_store.remove(connection, self.settings, self.account, name)

    def modified(self, each) -> datetime:
        return each.modified_at


class StoredResults(StoredFolder):
    """Results: rows of the ledger, and what else is there in the bucket."""

    def found(self):
        with connect(self.settings) as connection:
            return results_in_store.list_results(connection, self.settings, self.account)

    def read(self, each) -> bytes:
        with results_in_store.open_result(self.settings, self.account, each) as file:
            file.seek(0)
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        store_of(self.settings).put(
            f"{pending_in_store.results_prefix(self.account)}/{name}", content
        )

    def remove(self, name: str) -> None:
        key = f"{pending_in_store.results_prefix(self.account)}/{name}"
        store_of(self.settings).delete(key)

    def modified(self, each) -> datetime:
        return each.written_at


class StoredFile:
    """A file in one of them."""

    def __init__(self, folder: StoredFolder, name: str) -> None:
        self.folder, self.name = folder, name

    def _found(self):
        for each in self.folder.found():
            if each.name == self.name:
                return each
        raise FileNotFoundError(self.name)

    def stat(self) -> SimpleNamespace:
        found = self._found()
        return SimpleNamespace(
            st_size=found.byte_count, st_mtime=self.folder.modified(found).timestamp()
        )

    def read_bytes(self) -> bytes:
        return self.folder.read(self._found())

    def read_text(self) -> str:
        return self.read_bytes().decode()

    def write_bytes(self, content: bytes) -> None:
        self.folder.write(self.name, content)

    def write_text(self, content: str) -> None:
        self.write_bytes(content.encode())

    def unlink(self) -> None:
        self.folder.remove(self.name)
