"""What a sender may do to files in the account's Pending folder: land, rename, remove.

The order is always: the bytes are in the archive, the name is in Pending, the ledger says so. A
kill after the first leaves bytes that no import names; after the second a file that the next scan
of the plain folder takes in (`registry/landing/drop_folder.py`). Nothing is lost either way.

A file with a temporary name (`is_temporary`) is still being written by its client: it is in Pending
without an import, until it is renamed.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.landing.archive_copy import ArchiveCopy
from registry.landing.drop_folder import (
    PENDING,
    account_folder,
    keep_record,
)
from registry.landing.helper_files import NOT_IMPORTED, TEMPORARY_NAME, is_helper, note_names
from registry.landing.pending_imports import arrival_of, lock_drop, unprocessed_import
from registry.landing.receive import archive, enter
from registry.landing.stability import is_temporary
from registry.ledger.imports import Import
from registry.ledger.states import replace_older, withdraw
from registry.settings import Settings
from registry.store.durable_files import storage_errors, sync_folders
from schemas.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class PendingFile:
    """A file in Pending."""

    name: str
    status: os.stat_result


def list_pending(settings: Settings, account: Account) -> list[PendingFile]:
    """The plain files in the account's Pending folder, by name.

    Raises:
        StorageUnavailable: the folder cannot be read.
    """
    pending = account_folder(settings, account) / PENDING
    with storage_errors("list files", pending), os.scandir(pending) as entries:
        found = [
            PendingFile(entry.name, entry.stat(follow_symlinks=False))
            for entry in entries
            if entry.is_file(follow_symlinks=False)
        ]
    return sorted(found, key=lambda each: each.name)


def land(
    connection: Connection,
    settings: Settings,
    account: Account,
    draft: Path,
    received_at: datetime,
    *,
    begun: ArchiveCopy | None = None,
) -> Import | None:
    """Take in a complete upload: `draft` becomes the waiting file of its own name. Commits.

    A waiting file of that name is replaced, its import cancelled and its bytes kept; one that is
    being processed goes on, and this one waits for the next run. The archive's copy of the draft
    may have been `begun` while it came.

    Returns:
        The import; None for a temporary name, whose file is no import yet.

    Raises:
        NotAllowed: the file is too large.
        StorageUnavailable: a folder cannot be written. The draft is where it was.
    """
    pending = account_folder(settings, account) / PENDING
    archived = None if is_temporary(draft.name) else archive(settings, draft, begun=begun)
    lock_drop(connection, account)
    with storage_errors("put an upload in its place", pending):
        draft.replace(pending / draft.name)
        sync_folders(pending)
    imported = None
    if archived is not None:
        arrival = arrival_of(connection, account, draft.name, received_at, source="sftp")
        imported = enter(connection, account, archived, arrival)
        keep_record(connection, settings, account, replace_older(connection, imported))
    elif is_helper(draft.name):
        noted = note_names(connection, account, [draft.name], NOT_IMPORTED, is_upload=True)
        keep_record(connection, settings, account, noted)
    connection.commit()
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
    """Give a waiting file another name. Commits.

    A file that gets its final name only now is taken in; one that loses it is withdrawn.

    Raises:
        NotFound: there is no such file.
        NotAllowed: it is being processed, or `new` is taken and `overwrite` is False or the file
            is empty.
        StorageUnavailable: a folder cannot be written.
    """
    pending = account_folder(settings, account) / PENDING
    source, target = pending / old, pending / new
    _require_plain(source)
    archived = None
    if is_temporary(old) and not is_temporary(new):
        archived = archive(settings, source)
    lock_drop(connection, account)
    known = unprocessed_import(connection, account, old)
    if os.path.lexists(target):
        if not overwrite:
            raise NotAllowed("there is a file of that name already; delete it first")
        if not _is_plain(target):
            raise NotAllowed("this name is taken by something that is not a file")
        if target.stat().st_size and not source.stat().st_size:
            raise NotAllowed("an empty file does not replace the file that waits")
    with storage_errors("rename a file", pending):
        source.replace(target)
        sync_folders(pending)
    if archived is not None:
        arrival = arrival_of(connection, account, new, received_at, source="sftp")
        older = replace_older(connection, enter(connection, account, archived, arrival))
        keep_record(connection, settings, account, older)
    elif known is not None and is_temporary(new):
        keep_record(connection, settings, account, withdraw(connection, [known.id]))
    elif known is not None:
        connection.execute(
            "UPDATE import SET drop_name = %s, file_name = %s WHERE id = %s", (new, new, known.id)
        )
        older = replace_older(connection, replace(known, drop_name=new))
        keep_record(connection, settings, account, older)
    connection.commit()


def remove(connection: Connection, settings: Settings, account: Account, name: str) -> None:
    """Delete a waiting file; its bytes stay in the archive. Commits.

    Raises:
        NotFound: there is no such file.
        NotAllowed: it is being processed.
        StorageUnavailable: the folder cannot be written.
    """
    pending = account_folder(settings, account) / PENDING
    _require_plain(pending / name)
    lock_drop(connection, account)
    known = unprocessed_import(connection, account, name)
    with storage_errors("delete a file", pending):
        (pending / name).unlink()
        sync_folders(pending)
    if known is not None:
        keep_record(connection, settings, account, withdraw(connection, [known.id]))
    connection.commit()


def note_strays(
    connection: Connection, settings: Settings, account: Account, names: Sequence[str]
) -> None:
    """Tell the sender of files that still have a temporary name after their session. Commits."""
    pending = account_folder(settings, account) / PENDING
    lock_drop(connection, account)
    strays = [
        each
        for each in names
        if is_temporary(each) and not is_helper(each) and _is_plain(pending / each)
    ]
    noted = note_names(connection, account, strays, TEMPORARY_NAME, is_upload=True)
    keep_record(connection, settings, account, noted)
    connection.commit()


def _require_plain(path: Path) -> None:
    if not _is_plain(path):
        raise NotFound("there is no such file")


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
