"""What a sender may do to Pending of SFTP where a bucket is the store: land, rename, remove.

The rules are those of `pending_folder.py`; any number of servers may follow them at once, because
nothing is on a server's disk. A file that waits is an import with a `drop_name`, and its bytes are
in the archive. One with a temporary name is an upload, as is a part of one (`sftp_uploads.py`).

The order is always: the bytes are in the store, then the ledger says so.
"""

import errno
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.landing.archive_copy import ArchiveCopy, Archived, archive_key
from registry.landing.drop_folder import RESULTS
from registry.landing.helper_files import NOT_IMPORTED, TEMPORARY_NAME, is_helper, note_names
from registry.landing.pending_imports import arrival_of, lock_drop, unprocessed_import
from registry.landing.receive import Arrival, archive, enter, require_size
from registry.landing.sftp_uploads import (
    WaitingFile,
    copy_from_archive,
    copy_to_archive,
    delete_bytes,
    forget_uploads,
    keep_upload,
    list_uploads,
    put_upload,
)
from registry.landing.stability import is_temporary
from registry.landing.upload_record import record_uploads
from registry.ledger.imports import Import
from registry.ledger.states import replace_older, withdraw
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import digest, storage_errors
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)


def results_prefix(account: Account) -> str:
    """Where the store has what stands in the account's results and is not a result of an import."""
    return f"drop/{account.name}/{RESULTS}"


def list_pending(
    connection: Connection, account: Account, name: str | None = None
) -> list[WaitingFile]:
    """The files in the account's Pending; only the one called `name`, if that is given."""
    with connection.cursor(row_factory=class_row(WaitingFile)) as cursor:
        about = {"account": account.id, "name": name}
        waiting = cursor.execute(_SQL["list_sftp_pending"], about).fetchall()
    return waiting + list_uploads(connection, account, name, is_part=False)


def find_pending(connection: Connection, account: Account, name: str) -> WaitingFile | None:
    """The file of this name in the account's Pending."""
    return next(iter(list_pending(connection, account, name)), None)


def land(
    connection: Connection,
    settings: Settings,
    account: Account,
    draft: Path,
    received_at: datetime,
    *,
    begun: ArchiveCopy | None = None,
) -> Import | None:
    """Take in a complete upload under its own name; a part of that name is dropped. Commits.

    See `pending_folder.land`. The draft stays where it is.

    Raises:
        NotAllowed: the file is too large.
        StorageUnavailable: the store does not take it.
    """
    name, imported = draft.name, None
    if is_temporary(name):
        upload = put_upload(settings, account, draft)
        lock_drop(connection, account)
        gone = forget_uploads(connection, account, name, parts=True, files=True)
        keep_upload(connection, account, upload, is_part=False)
        if is_helper(name):
            noted = note_names(connection, account, [name], NOT_IMPORTED, is_upload=True)
            keep_record(connection, settings, account, noted)
    else:
        modified_at = datetime.fromtimestamp(draft.stat().st_mtime, UTC)
        archived = archive(settings, draft, begun=begun)
        lock_drop(connection, account)
        gone = forget_uploads(connection, account, name, parts=True, files=False)
        arrival = _arrival(connection, account, name, received_at)
        imported = _enter(connection, settings, account, archived, arrival, modified_at)
    connection.commit()
    delete_bytes(settings, gone)
    return imported


def rename(  # noqa: PLR0913 - who, where, from, to, when
    connection: Connection,
    settings: Settings,
    account: Account,
    old: str,
    new: str,
    *,
    received_at: datetime,
    overwrite: bool = False,
) -> None:
    """Give a file in Pending another name; a part of the new name is dropped. Commits.

    See `pending_folder.rename`.

    Raises:
        NotFound: there is no such file.
        NotAllowed: it is being processed, came by a drop folder, or changed meanwhile; or `new` is
            taken and `overwrite` is False.
        StorageUnavailable: the store does not copy the bytes.
    """
    file = _own(connection, account, old)
    connection.commit()
    # Bytes are copied before the lock, under which other sessions of the account wait.
    key = None
    if is_temporary(old) and not is_temporary(new):
        require_size(file.byte_count, settings.max_file_bytes)
        copy_to_archive(settings, file)
    elif is_temporary(new) and not is_temporary(old):
        key = copy_from_archive(settings, account, replace(file, name=new))
    lock_drop(connection, account)
    known = unprocessed_import(connection, account, old, "store")
    if _own(connection, account, old) != file:
        raise NotAllowed("the file changed while it was renamed; try again")
    taken = find_pending(connection, account, new) if old != new else None
    if taken is not None and not overwrite:
        raise NotAllowed("there is a file of that name already; delete it first")
    if taken is not None and taken.byte_count and not file.byte_count:
        raise NotAllowed("an empty file does not replace the file that waits")
    gone = [] if old == new else forget_uploads(connection, account, new, parts=True, files=True)
    if is_temporary(old) and is_temporary(new):
        connection.execute("UPDATE sftp_upload SET name = %s WHERE key = %s", (new, file.version))
    elif is_temporary(old):
        gone += forget_uploads(connection, account, old, parts=False, files=True)
        archived = Archived(file.sha256, file.byte_count)
        arrival = _arrival(connection, account, new, received_at)
        _enter(connection, settings, account, archived, arrival, file.modified_at)
    elif known is not None and key is not None:
        keep_upload(connection, account, replace(file, name=new, version=key), is_part=False)
        keep_record(connection, settings, account, withdraw(connection, [known.id]))
    elif known is not None:
        connection.execute(
            "UPDATE import SET drop_name = %s, file_name = %s WHERE id = %s", (new, new, known.id)
        )
        older = replace_older(connection, replace(known, drop_name=new))
        keep_record(connection, settings, account, older)
    connection.commit()
    delete_bytes(settings, gone)


def remove_part(connection: Connection, settings: Settings, account: Account, name: str) -> bool:
    """Delete the part of this name. Returns whether there was one. Commits."""
    gone = forget_uploads(connection, account, name, parts=True, files=False)
    connection.commit()
    delete_bytes(settings, gone)
    return bool(gone)


def remove(connection: Connection, settings: Settings, account: Account, name: str) -> None:
    """Delete a file in Pending; an import's bytes stay archived. Commits.

    Raises:
        NotFound: there is none.
        NotAllowed: it is being processed, or came by a drop folder.
    """
    lock_drop(connection, account)
    known = unprocessed_import(connection, account, name, "store")
    gone = forget_uploads(connection, account, name, parts=False, files=True)
    if known is not None:
        keep_record(connection, settings, account, withdraw(connection, [known.id]))
    elif not gone:
        _own(connection, account, name)
    connection.commit()
    delete_bytes(settings, gone)


def keep_part(
    connection: Connection, settings: Settings, account: Account, path: Path, *, since: float = 0
) -> None:
    """Keep an upload that broke off, in place of an earlier part of its name. Commits.

    With `since` (seconds since 1970), nothing is kept if its name got a file or a part after that.

    Raises:
        StorageUnavailable: the store does not take it.
    """
    upload = put_upload(settings, account, path)
    lock_drop(connection, account)
    row = connection.execute(
        _SQL["has_name_since"], {"account": account.id, "name": path.name, "since": since}
    ).fetchone()
    if since and row is not None and row[0]:
        gone = [upload.version]
    else:
        gone = forget_uploads(connection, account, path.name, parts=True, files=False)
        keep_upload(connection, account, upload, is_part=True)
    connection.commit()
    delete_bytes(settings, gone)


def fetch(
    connection: Connection, settings: Settings, account: Account, name: str, path: Path
) -> bool:
    """Copy the part of this name to `path`, else the file that waits, if there is one.

    The part stays until the upload that continues it has landed or broken off: this server may be
    killed. Commits. Returns whether it was a part.

    Raises:
        StorageUnavailable: the store does not give the bytes, or gives others.
    """
    parts = list_uploads(connection, account, name, is_part=True)
    found = next(iter(parts), None) or find_pending(connection, account, name)
    connection.commit()
    if found is not None:
        is_upload = bool(parts) or is_temporary(name)
        key = found.version if is_upload else archive_key(found.sha256)
        store = store_of(settings)
        with storage_errors("resume an upload", store.place_of(key.partition("/")[0])):
            shutil.copyfile(store.file(key, found.sha256), path)
            if digest(path) != found.sha256:
                raise OSError(errno.EIO, "the bytes there are not those that were written")
    return bool(parts)


def note_strays(
    connection: Connection, settings: Settings, account: Account, names: Iterable[str]
) -> None:
    """Tell the sender of files that still have a temporary name after their session. Commits."""
    lock_drop(connection, account)
    there = {each.name for each in list_uploads(connection, account, is_part=False)}
    strays = [each for each in names if each in there and not is_helper(each)]
    noted = note_names(connection, account, strays, TEMPORARY_NAME, is_upload=True)
    keep_record(connection, settings, account, noted)
    connection.commit()


def set_modified(
    connection: Connection, account: Account, name: str, modified_at: datetime
) -> None:
    """Give a file in Pending the time that its sender wants. Commits.

    Raises:
        NotFound: there is no such file.
        NotAllowed: it came by a drop folder.
    """
    _own(connection, account, name)
    about = (modified_at, account.id, name)
    connection.execute(
        "UPDATE import SET drop_modified_at = %s"
        " WHERE account_id = %s AND drop_name = %s AND drop_place = 'store'",
        about,
    )
    connection.execute(
        "UPDATE sftp_upload SET modified_at = %s"
        " WHERE account_id = %s AND name = %s AND NOT is_part",
        about,
    )
    connection.commit()


def _own(connection: Connection, account: Account, name: str) -> WaitingFile:
    found = find_pending(connection, account, name)
    if found is None:
        raise NotFound("there is no such file")
    if not found.is_own:
        raise NotAllowed("this file came by a drop folder; it can be changed only there")
    return found


def _arrival(connection: Connection, account: Account, name: str, received_at: datetime) -> Arrival:
    return arrival_of(connection, account, name, received_at, source="sftp", place="store")


def _enter(
    connection: Connection,
    settings: Settings,
    account: Account,
    archived: Archived,
    arrival: Arrival,
    modified_at: datetime,
) -> Import:
    imported = enter(connection, account, archived, arrival)
    connection.execute(
        "UPDATE import SET drop_modified_at = %s WHERE id = %s", (modified_at, imported.id)
    )
    keep_record(connection, settings, account, replace_older(connection, imported))
    return imported


def keep_record(
    connection: Connection, settings: Settings, account: Account, received: Iterable[datetime]
) -> None:
    """Tell the sender, in their results, of uploads that get no result."""
    store, prefix = store_of(settings), results_prefix(account)

    def keep(name: str, content: bytes) -> None:
        with storage_errors("write the record of uploads", store.place_of(prefix)):
            store.put(f"{prefix}/{name}", content)

    record_uploads(connection, account, keep, received)
