"""The plain drop folders: what senders put into Pending, and the results they fetch.

`import.drop_name` is set as long as an import's file may stand in Pending. A file whose bytes
belong to such an import is not taken in again. An import that is completed has none: its file was
taken out (`take_out`) before, so a file of its name is a new one. One that was given up keeps it
where the file could not be taken out.
"""

import filecmp
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from math import inf
from pathlib import Path

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.landing.helper_files import NOT_IMPORTED, TEMPORARY_NAME, note_names
from registry.landing.left_files import why_left
from registry.landing.pending_imports import (
    arrival_of,
    import_in_pending,
    imports_in_pending,
    is_answered,
    is_ours_to_take,
    lock_drop,
)
from registry.landing.receive import archive, enter
from registry.landing.stability import (
    CompleteFile,
    FileObservation,
    FolderScan,
    Observations,
    scan_folder,
)
from registry.landing.taking_out import (
    HELD_PREFIX,
    Taken,
    TakenFile,
    path_of,
    settle,
    take_file,
)
from registry.landing.upload_record import keep_in_folder, record_uploads
from registry.ledger.imports import Import, account_of
from registry.ledger.states import replace_older, withdraw
from registry.settings import Settings
from registry.store.durable_files import (
    CHUNK_BYTES,
    draft_in,
    make_durable,
    result_mode,
    storage_errors,
    sync_folders,
)
from schemas.errors import DiskFull, NotAllowed, RosterlineError

logger = logging.getLogger(__name__)

PENDING = "Pending Patient Imports"
RESULTS = "Patient Import Results"


def account_folder(settings: Settings, account: Account) -> Path:
    """What a sender of this account sees as the root."""
    return settings.drop_dir / account.name


def ensure_folders(settings: Settings, account: Account) -> None:
    """Make the account's two folders where they are missing.

    Raises:
        StorageUnavailable: they cannot be made.
    """
    root = account_folder(settings, account)
    with storage_errors("make the drop folders", root):
        for name in (PENDING, RESULTS):
            (root / name).mkdir(parents=True, exist_ok=True)


def scan_pending(
    settings: Settings,
    account: Account,
    seen: Observations,
    now: float,
    clock: float | None = None,
) -> FolderScan:
    """Scan the account's Pending folder once; `now` is `time.monotonic()`.

    `clock` as `scan_folder` takes it.

    Raises:
        StorageUnavailable: it cannot be read. That says nothing about the files in it.
    """
    pending = account_folder(settings, account) / PENDING
    with storage_errors("look for files", pending):
        return scan_folder(pending, seen, now, settings.drop_quiet_seconds, clock)


def register_ready(
    connection: Connection,
    settings: Settings,
    account: Account,
    scan: FolderScan,
    clock: Callable[[], datetime],
    until: float = inf,
) -> dict[str, FileObservation]:
    """Enter complete files in the ledger, and withdraw imports whose file is gone. Commits.

    A file that cannot be taken in is left where it is, warned about, and tried again with the
    next call. Stops, at a file's end, when `time.monotonic()` passes `until`.

    Returns:
        The observations, with the files that the ledger knows now marked as registered.
    """
    _withdraw_vanished(connection, settings, account)
    _settle_held(connection, settings, account)
    noted = [
        *note_names(connection, account, scan.helpers, NOT_IMPORTED),
        *note_names(connection, account, scan.strays, TEMPORARY_NAME),
    ]
    keep_record(connection, settings, account, noted)
    known_by_name = imports_in_pending(connection, account)
    connection.commit()
    seen = dict(scan.seen)
    left: dict[str, str] = {}
    for found in scan.ready:
        known = known_by_name.get(found.name)
        # Without this mark, a file waiting for midnight would be read again at every scan.
        is_known = known is not None and seen[found.key].registered == known.partition_key
        awaits_taking_out = known is not None and is_answered(connection, known)
        if is_known and not awaits_taking_out:
            continue
        if time.monotonic() > until:
            break
        is_same = known is not None and known.byte_count == found.stamp.size
        why = why_left(settings, found.path, found.stamp.size)
        if why is not None and not awaits_taking_out and not is_same:
            if seen[found.key].registered != why:
                left[found.name] = why
            seen[found.key] = replace(seen[found.key], registered=why)
            continue
        try:
            if known is not None and awaits_taking_out:
                take_out(connection, settings, known)
                continue
            imported = _register(connection, settings, account, found, clock())
        except DiskFull:
            logger.warning("files are left where they are: account=%s disk_full", account.name)
            break
        except RosterlineError as error:
            logger.warning("a file was not taken in: account=%s %s", account.name, error.code)
            continue
        seen[found.key] = replace(seen[found.key], registered=imported.partition_key)
    _tell_of_left(connection, settings, account, left)
    return seen


def keep_record(
    connection: Connection, settings: Settings, account: Account, received: Iterable[datetime]
) -> None:
    """Tell the sender, in their folder of results, of uploads that get no result."""
    results = account_folder(settings, account) / RESULTS
    record_uploads(connection, account, partial(keep_in_folder, results), received)


def take_out(connection: Connection, settings: Settings, imported: Import) -> bool:
    """Remove an import's file from Pending: its result is durable. Commits, before and after.

    To be called before the import is completed. Only the very bytes that were imported are removed;
    a file that came in their place meanwhile stays, or is put back, under its own name when that
    is free. So does a file that somebody still has open for writing: a later scan takes it out or
    in. Returns whether a file was taken. Safe to call again after a kill.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    if imported.drop_name is None:
        return False
    account = account_of(connection, imported)
    root = account_folder(settings, account)
    # What the caller wrote about the result must not be lost once the file is gone.
    connection.commit()
    lock_drop(connection, account)
    taken = Taken.NOTHING
    if is_ours_to_take(connection, imported):
        with storage_errors("take a processed file out", root):
            taken = take_file(
                root / PENDING,
                TakenFile(
                    str(imported.id),
                    imported.drop_name,
                    imported.sha256,
                    imported.byte_count,
                ),
            )
    if taken is not Taken.STILL_WRITTEN:
        connection.execute("UPDATE import SET drop_name = NULL WHERE id = %s", (imported.id,))
    connection.commit()
    return taken is Taken.REMOVED


def publish(settings: Settings, account: Account, name: str, source_path: Path) -> bool:
    """Put a result into the account's Results folder for good, read-only.

    Returns False when another file has that name; nothing is ever overwritten. True when our file
    is there, from this call or an earlier one.

    Raises:
        NotAllowed: `name` is not a plain file name.
        StorageUnavailable: the folder cannot be written.
    """
    folder = account_folder(settings, account) / RESULTS
    target = folder / name
    if name == ".." or target.name != name:
        raise NotAllowed("the name of a result must be a plain file name")
    with storage_errors("put a result", folder):
        folder.mkdir(parents=True, exist_ok=True)
        with draft_in(folder) as draft, source_path.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                draft.write(chunk)
            path = make_durable(draft, result_mode(folder))
            try:
                # Unlike a rename, a link fails where the name is taken.
                target.hardlink_to(path)
            except FileExistsError:
                if not filecmp.cmp(path, target, shallow=False):
                    return False
        sync_folders(folder)
    return True


def _register(
    connection: Connection,
    settings: Settings,
    account: Account,
    found: CompleteFile,
    received_at: datetime,
) -> Import:
    archived = archive(settings, found.path, seen=found.stamp)
    lock_drop(connection, account)
    known = import_in_pending(connection, account, found.name)
    if known is None or known.sha256 != archived.sha256:
        arrival = arrival_of(connection, account, found.name, received_at, source="drop")
        known = enter(connection, account, archived, arrival)
        keep_record(connection, settings, account, replace_older(connection, known))
    connection.commit()
    return known


def _tell_of_left(
    connection: Connection, settings: Settings, account: Account, left: Mapping[str, str]
) -> None:
    """Say once of each of these files why it is left, to its sender and to operators."""
    if not left:
        return
    lock_drop(connection, account)
    noted: list[datetime] = []
    for name, why in left.items():
        noted += note_names(connection, account, [name], why)
    keep_record(connection, settings, account, noted)
    connection.commit()
    if noted:
        logger.warning("%d files cannot be taken in: account=%s", len(noted), account.name)


def _withdraw_vanished(connection: Connection, settings: Settings, account: Account) -> None:
    pending = account_folder(settings, account) / PENDING
    lock_drop(connection, account)
    rows = connection.execute(
        "SELECT id, drop_name FROM import WHERE account_id = %s AND drop_name IS NOT NULL"
        " AND drop_place = 'folder' AND state <> 'processing'",
        (account.id,),
    ).fetchall()
    vanished = [each for each, name in rows if path_of(pending, name) is None]
    keep_record(connection, settings, account, withdraw(connection, vanished))


def _settle_held(connection: Connection, settings: Settings, account: Account) -> None:
    """Decide about files that were taken out while it was not known who writes to them."""
    root = account_folder(settings, account)
    with storage_errors("look after files that were taken out", root):
        for held in root.glob(f"{HELD_PREFIX}*"):
            row = connection.execute(
                "SELECT id::text, file_name, sha256, byte_count FROM import"
                " WHERE account_id = %s AND id::text = %s AND state <> 'processing'",
                (account.id, held.name.removeprefix(HELD_PREFIX)),
            ).fetchone()
            if row is None:
                continue
            try:
                settle(root / PENDING, TakenFile(*row))
            except OSError as error:
                # One that cannot be read or moved must not keep the account's files out.
                said = error.strerror
                logger.warning("a file that was taken out stays: account=%s %s", account.name, said)
