"""Landing: the bytes as received are kept, then the ledger says so. Only then are they received.

A kill between the two steps leaves bytes that no import names, never an import without its bytes.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import Account, NamedId, list_facilities
from registry.database.statements import Statements
from registry.ids import new_id
from registry.landing.archive_copy import ARCHIVE, ArchiveCopy, Archived, archive_key
from registry.landing.archived_file import ArchivedFile
from registry.landing.stability import FileStamp
from registry.ledger.imports import Import, get_import, partition_key
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors
from schemas.catalogue import get_format
from schemas.errors import NotAllowed, NotFound, StorageUnavailable

_SQL = Statements(__file__)

CHANNEL = "rosterline_import"
"""Where PostgreSQL notifies whoever listens that an import was entered which need not wait."""


@dataclass(frozen=True)
class Arrival:
    """How a file came: what the ledger keeps beside its bytes."""

    source: str
    received_at: datetime
    file_name: str
    format: str
    dry_run: bool = False
    default_facility_id: UUID | None = None
    drop_name: str | None = None
    drop_place: str = "folder"
    import_id: UUID | None = None  # that of the bulk request whose file this is
    member: str | None = None  # the place in the archived bytes of a roster that is sent again


def archive(
    settings: Settings,
    source: Path,
    *,
    seen: FileStamp | None = None,
    begun: ArchiveCopy | None = None,
) -> Archived:
    """Copy a file into the archive, to the disk itself. The same bytes again change nothing.

    With `seen`, links are not followed and the file must still have that stamp. With `begun`, that
    copy of the file's beginning is completed.

    Raises:
        NotFound: there is no such file.
        NotAllowed: it is too large, not a plain file, or changed while it was read.
        StorageUnavailable: it cannot be read, or the archive cannot be written.
    """
    with (
        _opened(source, seen) as (incoming, before),
        storage_errors("keep a received file", store_of(settings).place_of(ARCHIVE)),
        begun or ArchiveCopy(settings) as copy,
    ):
        require_size(before.size, settings.max_file_bytes)
        # Not past the size it had: a file that grows faster than it is read would never end.
        copy.copy_until(incoming, before.size)
        if copy.byte_count != before.size or FileStamp.of(os.fstat(incoming)) != before:
            raise _changed()
        return copy.place()


def archived_path(settings: Settings, sha256: str) -> Path:
    """A file of this machine with these bytes; whoever reads it uses `archived_file`.

    Raises:
        StorageUnavailable: they are not there, or the store does not answer.
    """
    store = store_of(settings)
    try:
        with storage_errors("read a received file", store.place_of(ARCHIVE), absent=True):
            return store.file(archive_key(sha256), sha256)
    except FileNotFoundError as error:
        raise StorageUnavailable(
            f"The archive does not hold {sha256}. If the file was removed because of its age, it "
            "must be sent again.",
            advice="otherwise mount or restore the archive folder, or the bucket, and run the "
            "import again; `rosterline prune` removes what is older than "
            "ROSTERLINE_KEEP_ARCHIVE_DAYS",
        ) from error


def archived_file(settings: Settings, sha256: str) -> ArchivedFile:
    """The archived bytes, to be read within `ArchivedFile.reading`.

    Raises:
        StorageUnavailable: they are not there, or the store does not answer.
    """
    return ArchivedFile(archived_path(settings, sha256), sha256)


def receive(  # noqa: PLR0913 - the same for all sources, everything but the file by name
    connection: Connection,
    settings: Settings,
    account: Account,
    path: Path,
    *,
    source: str,
    received_at: datetime,
    file_name: str | None = None,
    dry_run: bool = False,
    default_facility_id: UUID | None = None,
    drop_name: str | None = None,
    file_format: str | None = None,
) -> Import:
    """Take a file in: archive it, enter it in the ledger as `waiting`, commit.

    Once this returns, the sender may be shown "received". A file of the account's Pending folder
    (`drop_name`) is put there first; the sensor does the rest.

    Raises:
        NotFound: no such file, format, or facility of this account.
        NotAllowed: the file is refused, or a facility must be named.
        StorageUnavailable: the archive cannot be written.
    """
    arrival = Arrival(
        source=source,
        received_at=received_at,
        file_name=path.name if file_name is None else file_name,
        format=get_format(file_format or account.format).name,
        dry_run=dry_run,
        default_facility_id=default_facility(connection, account, file_format, default_facility_id),
        drop_name=drop_name,
    )
    imported = enter(connection, account, archive(settings, path), arrival)
    connection.commit()
    return imported


def is_awaited(account: Account, *, dry_run: bool, source: str) -> bool:
    """Whether it is due at once (`choose_waiting.sql`); of a night's files nobody need be told."""
    return account.cadence == "on_arrival" or dry_run or source == "portal"


def enter(connection: Connection, account: Account, archived: Archived, arrival: Arrival) -> Import:
    """Enter archived bytes in the ledger as a waiting import; the caller commits."""
    import_id = arrival.import_id or new_id(arrival.received_at)
    key = partition_key(account, arrival.received_at, import_id)
    connection.execute(
        _SQL["insert_import"],
        {
            "id": import_id,
            "account": account.id,
            "format": arrival.format,
            "source": arrival.source,
            "file_name": arrival.file_name,
            "sha256": archived.sha256,
            "byte_count": archived.byte_count,
            "received_at": arrival.received_at,
            "dry_run": arrival.dry_run,
            "default_facility_id": arrival.default_facility_id,
            "partition_key": key,
            "drop_name": arrival.drop_name,
            "drop_place": arrival.drop_place,
            "member": arrival.member,
            "channel": CHANNEL,
            "is_awaited": is_awaited(account, dry_run=arrival.dry_run, source=arrival.source),
        },
    )
    return get_import(connection, key)


def require_facility(connection: Connection, account: Account, format_name: str) -> None:
    """Refuse a file whose patients belong to facilities while the account has none.

    Where there is somebody to ask: at the command, the portal and the HTTP API.

    Raises:
        NotAllowed: the account has no facility, and the format's patients have one.
    """
    if get_format(format_name).facility_slot and not list_facilities(connection, account):
        raise NotAllowed(
            f"account {account.name!r} has no facility yet; add the one that its patients belong "
            "to (POST /medical/v1/facility, or the portal's settings), then send the file again",
            advice=f"`rosterline facility add NAME --account {account.name}` adds one",
        )


def only_facility(connection: Connection, account: Account, format_name: str) -> UUID | None:
    """The facility of rows that name none, where there is no one to ask: the account's only one."""
    return _only(list_facilities(connection, account), format_name)


def default_facility(
    connection: Connection, account: Account, file_format: str | None, given: UUID | None
) -> UUID | None:
    """The facility of rows that name none: the one given, else the only one.

    Raises:
        NotFound: the account does not have the one given.
        NotAllowed: there are several, and none was given.
    """
    facilities = list_facilities(connection, account)
    names = ", ".join(f"{facility.name} ({facility.id})" for facility in facilities) or "none yet"
    if given is not None:
        if given not in {facility.id for facility in facilities}:
            raise NotFound(f"account {account.name!r} has no facility {given}; it has: {names}")
        return given
    format_name = file_format or account.format
    if get_format(format_name).facility_slot and len(facilities) > 1:
        raise NotAllowed(
            f"account {account.name!r} has several facilities; name the one that rows without a "
            f"facility belong to: {names}"
        )
    return _only(facilities, format_name)


def _only(facilities: list[NamedId], format_name: str) -> UUID | None:
    names_facilities = get_format(format_name).facility_slot is not None
    return facilities[0].id if names_facilities and len(facilities) == 1 else None


@contextmanager
def _opened(source: Path, seen: FileStamp | None) -> Iterator[tuple[int, FileStamp]]:
    # Without O_NONBLOCK, opening a named pipe would wait for a writer.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (os.O_NOFOLLOW if seen else 0)
    try:
        descriptor = os.open(source, flags)
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {source}") from error
    except OSError as error:
        raise StorageUnavailable(f"The file {source} cannot be read: {error.strerror}.") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAllowed(f"{source} is not a plain file")
        stamp = FileStamp.of(status)
        if seen is not None and stamp != seen:
            raise _changed()
        yield descriptor, stamp
    finally:
        os.close(descriptor)


def require_size(size: int, max_bytes: int) -> None:
    """Refuse a file that is too large.

    Raises:
        NotAllowed: it has more than `max_bytes`.
    """
    if size > max_bytes:
        raise NotAllowed(
            f"the file has {size:,} bytes, {max_bytes:,} are allowed; split it",
            advice="ROSTERLINE_MAX_FILE_BYTES sets how many are allowed",
        )


def _changed() -> NotAllowed:
    return NotAllowed("the file changed while it was read; send it again once it is complete")
