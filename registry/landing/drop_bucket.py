"""A bucket as drop folder: what senders put into it, and the results they fetch.

Below the bucket's address each account has `<account>/Pending Patient Imports/` and
`<account>/Patient Import Results/`. The rules are those of the plain drop folders
(`drop_folder.py`), but an object is complete as soon as the bucket shows it, so that no quiet time
is needed; and what tells one file of a name from the next is the object's entity tag.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.landing.archive_copy import ArchiveCopy, Archived
from registry.landing.drop_folder import PENDING, RESULTS
from registry.landing.helper_files import (
    NOT_IMPORTED,
    TEMPORARY_NAME,
    TOO_LARGE,
    is_helper,
    note_names,
)
from registry.landing.pending_imports import (
    arrival_of,
    import_in_pending,
    imports_in_pending,
    is_answered,
    is_ours_to_take,
    lock_drop,
)
from registry.landing.receive import enter, require_size
from registry.landing.stability import MAX_ENTRIES, STRAY_SECONDS, is_temporary
from registry.landing.upload_record import record_uploads
from registry.ledger.imports import Import, account_of
from registry.ledger.states import replace_older, withdraw
from registry.settings import Settings
from registry.store import ObjectChangedError, Stored, sender_bucket
from registry.store.durable_files import storage_errors
from schemas.errors import DiskFull, NotAllowed, RosterlineError, StorageUnavailable

if TYPE_CHECKING:
    from registry.store.sender_bucket import SenderBucket

logger = logging.getLogger(__name__)

ARCHIVE_SECONDS = 10.0
"""For taking files in during one look."""


class _Look(NamedTuple):
    """What is in an account's Pending, and which of it the ledger does not know."""

    account: Account
    found: list[Stored]
    new: list[Stored]


def look(
    connection: Connection,
    settings: Settings,
    accounts: Sequence[Account],
    seconds: float = ARCHIVE_SECONDS,
) -> None:
    """Take in what is new in the bucket, for about so many seconds; nothing where there is none.

    Accounts come in turn, as in `intake.look`. Commits.
    """
    bucket = sender_bucket(settings)
    if bucket is None:
        return
    end = time.monotonic() + seconds
    looks = sorted(_looks(connection, bucket, accounts), key=lambda each: len(each.new))
    for place, each in enumerate(looks):
        now = time.monotonic()
        until = inf if seconds == inf else now + max(end - now, 0.0) / (len(looks) - place)
        try:
            _take_in(connection, settings, bucket, each, until)
        except DiskFull:
            connection.rollback()
            logger.warning("objects are left where they are: disk_full")
            return
        except StorageUnavailable as error:
            connection.rollback()
            logger.warning("a bucket cannot be used: account=%s %s", each.account.name, error)


def take_out(connection: Connection, settings: Settings, imported: Import) -> bool:
    """Remove an import's object: its result is durable. Commits, before and after.

    Only the version that was imported is removed. Returns whether it was. Safe to call again.

    Raises:
        StorageUnavailable: the bucket does not do it, or no bucket is set any more.
    """
    account = account_of(connection, imported)
    connection.commit()
    lock_drop(connection, account)
    row = connection.execute(
        "SELECT drop_version FROM import WHERE id = %s", (imported.id,)
    ).fetchone()
    taken = False
    if row is not None and is_ours_to_take(connection, imported):
        bucket = _require_bucket(settings)
        key = f"{account.name}/{PENDING}/{imported.drop_name}"
        with _errors("take a processed object out", bucket):
            taken = bucket.delete_version(key, row[0])
    connection.execute("UPDATE import SET drop_name = NULL WHERE id = %s", (imported.id,))
    connection.commit()
    return taken


def publish(settings: Settings, account: Account, name: str, source_path: Path) -> bool:
    """Put a result into the account's results. False when another object has that name.

    Raises:
        StorageUnavailable: the bucket does not take it, or no bucket is set any more.
    """
    bucket = _require_bucket(settings)
    with _errors("put a result", bucket):
        return bucket.put_new(f"{account.name}/{RESULTS}/{name}", source_path)


def _looks(
    connection: Connection, bucket: "SenderBucket", accounts: Sequence[Account]
) -> Iterator[_Look]:
    """What each account has in the bucket that has anything there."""
    try:
        with _errors("look for objects", bucket):
            folders = set(bucket.folders())
    except StorageUnavailable as error:
        # Nothing is known of the objects then, so nothing is withdrawn.
        logger.warning("the bucket that is a drop folder cannot be used: %s", error)
        return
    for account in accounts:
        known = _versions(connection, account)
        connection.commit()
        if account.name not in folders and not known:
            continue
        try:
            with _errors("look for objects", bucket):
                found = bucket.in_folder(f"{account.name}/{PENDING}")
        except StorageUnavailable as error:
            logger.warning("a bucket cannot be used: account=%s %s", account.name, error)
            continue
        rosters = sorted(
            (each for each in found if not is_temporary(_name(each))),
            key=lambda each: (each.written_at, each.key),
        )
        new = [each for each in rosters if known.get(_name(each)) != each.version]
        yield _Look(account, found, new[:MAX_ENTRIES])


def _take_in(
    connection: Connection, settings: Settings, bucket: "SenderBucket", look: _Look, until: float
) -> None:
    account = look.account
    lock_drop(connection, account)
    names = {_name(each) for each in look.found}
    waiting = imports_in_pending(connection, account, "bucket")
    vanished = _vanished(connection, account, names)
    stray_since = time.time() - STRAY_SECONDS
    strays = [
        _name(each)
        for each in look.found
        if is_temporary(_name(each))
        and not is_helper(_name(each))
        and each.written_at.timestamp() < stray_since
    ]
    too_large = [each for each in look.new if each.byte_count > settings.max_file_bytes]
    told = [
        *withdraw(connection, vanished),
        *note_names(connection, account, sorted(filter(is_helper, names)), NOT_IMPORTED),
        *note_names(connection, account, sorted(strays), TEMPORARY_NAME),
        *note_names(connection, account, map(_name, too_large), TOO_LARGE),
    ]
    _keep_record(connection, bucket, account, told)
    connection.commit()
    for imported in waiting.values():
        if imported.drop_name in names and is_answered(connection, imported):
            take_out(connection, settings, imported)
    for each in look.new:
        if time.monotonic() > until:
            return
        if each in too_large:
            continue
        try:
            _register(connection, settings, bucket, account, each)
        except (DiskFull, StorageUnavailable):
            raise
        except RosterlineError as error:
            connection.rollback()
            logger.warning("an object was not taken in: account=%s %s", account.name, error.code)


def _register(
    connection: Connection,
    settings: Settings,
    bucket: "SenderBucket",
    account: Account,
    seen: Stored,
) -> None:
    archived = _archive(settings, bucket, seen)
    lock_drop(connection, account)
    known = import_in_pending(connection, account, _name(seen), "bucket")
    if known is None or known.sha256 != archived.sha256:
        now = datetime.now(UTC)
        arrival = arrival_of(connection, account, _name(seen), now, source="drop", place="bucket")
        known = enter(connection, account, archived, arrival)
        _keep_record(connection, bucket, account, replace_older(connection, known))
    connection.execute(
        "UPDATE import SET drop_version = %s WHERE id = %s", (seen.version, known.id)
    )
    connection.commit()


def _archive(settings: Settings, bucket: "SenderBucket", seen: Stored) -> Archived:
    """Copy an object into the archive; its sha256 is worked out as it passes by."""
    require_size(seen.byte_count, settings.max_file_bytes)
    try:
        with _errors("read an object", bucket), ArchiveCopy(settings) as copy:
            for piece in bucket.stream(seen):
                copy.write(piece)
            return copy.place()
    except StorageUnavailable as error:
        if isinstance(error.__cause__, ObjectChangedError | FileNotFoundError):
            raise NotAllowed("the object changed while it was read") from None
        raise


def _vanished(connection: Connection, account: Account, names: set[str]) -> list[UUID]:
    rows = connection.execute(
        "SELECT id, drop_name FROM import WHERE account_id = %s AND drop_name IS NOT NULL"
        " AND drop_place = 'bucket' AND state <> 'processing'",
        (account.id,),
    )
    return [each for each, name in rows if name not in names]


def _versions(connection: Connection, account: Account) -> dict[str, str | None]:
    """By name, the version of the object that an import in Pending was made of."""
    rows = connection.execute(
        "SELECT drop_name, drop_version FROM import WHERE account_id = %s"
        " AND drop_name IS NOT NULL AND drop_place = 'bucket' ORDER BY state <> 'processing'",
        (account.id,),
    )
    return {str(name): version for name, version in rows}


def _keep_record(
    connection: Connection, bucket: "SenderBucket", account: Account, received: Sequence[datetime]
) -> None:
    def keep(name: str, content: bytes) -> None:
        with _errors("write the record of uploads", bucket):
            bucket.put(f"{account.name}/{RESULTS}/{name}", content)

    record_uploads(connection, account, keep, received)


def keep_record(
    connection: Connection, settings: Settings, account: Account, received: Iterable[datetime]
) -> None:
    """Tell the sender, in their results in the bucket, of uploads that get no result yet."""
    _keep_record(connection, _require_bucket(settings), account, [*received])


def _require_bucket(settings: Settings) -> "SenderBucket":
    bucket = sender_bucket(settings)
    if bucket is None:
        raise StorageUnavailable(
            "A file came out of a bucket that is a drop folder, and none is set now. Set "
            "ROSTERLINE_DROP_URL as it was, and run the import again."
        )
    return bucket


@contextmanager
def _errors(doing: str, bucket: "SenderBucket") -> Iterator[None]:
    with storage_errors(doing, bucket.place_of("")):
        yield


def _name(each: Stored) -> str:
    return each.key.rpartition("/")[2]
