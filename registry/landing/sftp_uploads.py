"""Files in Pending of SFTP on a store that are no imports: temporary names, and parts.

Their bytes are under `uploads/<account>/<hash of the name>/<id>` in the store, and table
`sftp_upload` says whose they are. The bytes come first: a kill in between leaves bytes that no row
names, and `sweep` removes those after a day.
"""

import logging
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.landing.archive_copy import archive_key
from registry.landing.stability import name_key
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import CHUNK_BYTES, storage_errors

AREA = "uploads"
KEPT_SECONDS = 24 * 3600.0
"""How long parts are kept, and bytes that nothing names."""

_SQL = Statements(__file__)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WaitingFile:
    """A file in Pending, or a part of one.

    `version` is the key of its bytes below `uploads/`, or the id of the import that it is; then its
    bytes are in the archive. `is_own` is False for one that came by a drop folder.
    """

    version: str
    name: str
    sha256: str
    byte_count: int
    modified_at: datetime
    is_own: bool = True


def list_uploads(
    connection: Connection, account: Account, name: str | None = None, *, is_part: bool
) -> list[WaitingFile]:
    """The account's files of that kind; only the one called `name`, if that is given."""
    with connection.cursor(row_factory=class_row(WaitingFile)) as cursor:
        about = {"account": account.id, "name": name, "is_part": is_part}
        return cursor.execute(_SQL["list_sftp_uploads"], about).fetchall()


def put_upload(settings: Settings, account: Account, path: Path) -> WaitingFile:
    """Bring the bytes of a file into the store; no row names them yet.

    Raises:
        StorageUnavailable: the store does not take them.
    """
    store = store_of(settings)
    key = _new_key(account, path.name)
    with (
        storage_errors("keep an upload", store.place_of(AREA)),
        path.open("rb") as file,
        store.begin(AREA) as draft,
    ):
        while chunk := file.read(CHUNK_BYTES):
            draft.write(chunk)
        modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        draft.place(key)
        return WaitingFile(key, path.name, draft.sha256, draft.byte_count, modified_at)


def copy_to_archive(settings: Settings, upload: WaitingFile) -> None:
    """Let the archive have the bytes of an upload too; they do not leave the store.

    Raises:
        StorageUnavailable: the store does not do it.
    """
    _copy(settings, upload.version, archive_key(upload.sha256))


def copy_from_archive(settings: Settings, account: Account, file: WaitingFile) -> str:
    """Let an upload have the bytes of an archived file; returns their key.

    Raises:
        StorageUnavailable: the store does not do it.
    """
    key = _new_key(account, file.name)
    _copy(settings, archive_key(file.sha256), key)
    return key


def keep_upload(
    connection: Connection, account: Account, upload: WaitingFile, *, is_part: bool
) -> None:
    """Say whose the bytes of an upload are; the name must be free. The caller commits."""
    about = {
        "account": account.id,
        "name": upload.name,
        "is_part": is_part,
        "key": upload.version,
        "sha256": upload.sha256,
        "byte_count": upload.byte_count,
        "modified_at": upload.modified_at,
    }
    connection.execute(_SQL["keep_sftp_upload"], about)


def forget_uploads(
    connection: Connection, account: Account, name: str, *, parts: bool, files: bool
) -> list[str]:
    """Forget the part of this name, the file, or both; the caller commits.

    Returns:
        The keys of their bytes, for `delete_bytes` after the commit.
    """
    found = connection.execute(
        "DELETE FROM sftp_upload WHERE account_id = %s AND name = %s AND is_part = ANY(%s)"
        " RETURNING key",
        (account.id, name, [*([True] if parts else []), *([False] if files else [])]),
    )
    return [key for (key,) in found]


def delete_bytes(settings: Settings, keys: Iterable[str]) -> None:
    """Delete bytes that no row names any more. If that fails, `sweep` does it after a day."""
    for key in keys:
        with suppress(OSError):
            store_of(settings).delete(key)


def sweep(connection: Connection, settings: Settings, account: Account) -> None:
    """Remove the account's parts that are a day old, and bytes that nothing names. Commits.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    gone = connection.execute(
        "DELETE FROM sftp_upload WHERE account_id = %s AND is_part"
        " AND kept_at < now() - %s * interval '1 second' RETURNING key",
        (account.id, KEPT_SECONDS),
    ).fetchall()
    connection.commit()
    delete_bytes(settings, (key for (key,) in gone))
    store = store_of(settings)
    with storage_errors("tidy up uploads", store.place_of(AREA)):
        now = datetime.now(UTC)
        old = [
            each.key
            for each in store.list(f"{AREA}/{account.id}")
            if (now - each.written_at).total_seconds() > KEPT_SECONDS
        ]
    named = connection.execute("SELECT key FROM sftp_upload WHERE key = ANY(%s)", (old,)).fetchall()
    connection.commit()
    delete_bytes(settings, set(old) - {key for (key,) in named})


def _new_key(account: Account, name: str) -> str:
    return f"{AREA}/{account.id}/{name_key(name)}/{uuid.uuid4().hex}"


def _copy(settings: Settings, key: str, target: str) -> None:
    store = store_of(settings)
    with storage_errors("copy an upload", store.place_of(AREA)):
        store.copy(key, target)
