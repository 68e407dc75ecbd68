"""Bulk requests: what a caller asked for before any byte is here, and what became of it.

States of a request: `waiting` → `received` (its import exists, under the same id) | `expired` |
`cancelled`. What a caller is told is `status`: the import's state once there is an import.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.ids import new_id
from registry.landing.receive import Archived, Arrival, default_facility, enter
from registry.ledger.imports import Import
from registry.settings import Settings
from schemas.errors import Expired, NotAllowed, NotFound, StorageUnavailable

UPLOAD_TIME = timedelta(minutes=10)
CANCELLED = "cancelled by the sender before it was processed"


@dataclass(frozen=True)
class BulkRequest:
    """A request with its import's state and the counts of the attempt that callers are told of.

    Counts are None until that attempt is applied.
    """

    id: UUID
    account_id: int
    facility_id: UUID | None
    dry_run: bool
    state: str
    created_at: datetime
    expires_at: datetime
    status: str
    reason: str | None = None
    received_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    records: int | None = None
    created: int | None = None
    updated: int | None = None
    unchanged: int | None = None
    errored: int | None = None
    has_result: bool = False


# Of several attempts, the latest that finished; else the latest that is over; else the latest. An
# import that is run again keeps its state for who was told of it, until the run made it better.
_TOLD = """
SELECT * FROM attempt WHERE import_id = i.id
ORDER BY state = 'finished' DESC, finished_at IS NOT NULL DESC, number DESC LIMIT 1
"""
_RESULT = "f.import_id = a.import_id AND f.attempt = a.number AND f.kind = 'result'"

_SELECT = f"""
SELECT r.id, r.account_id, r.facility_id, r.dry_run, r.state, r.created_at, r.expires_at,
    CASE
        WHEN a.finished_at IS NULL THEN coalesce(i.state, r.state)
        WHEN a.state = 'finished' THEN 'completed'
        ELSE 'failed'
    END AS status,
    CASE WHEN a.finished_at IS NULL THEN i.reason ELSE a.reason END AS reason,
    i.received_at, a.started_at, a.finished_at,
    a.records, a.created, a.updated, a.unchanged, a.errored,
    EXISTS (SELECT FROM result_file f WHERE {_RESULT} AND f.sha256 IS NOT NULL)
        AND a.finished_at IS NOT NULL AS has_result
FROM bulk_request r
LEFT JOIN import i ON i.id = r.id
LEFT JOIN LATERAL ({_TOLD}) a ON true
"""


def ask(
    connection: Connection,
    account: Account,
    now: datetime,
    *,
    facility_id: UUID | None = None,
    dry_run: bool = False,
    idempotency_key: str | None = None,
) -> BulkRequest:
    """Enter a request; the same idempotency key gives the same request back. The caller commits.

    Raises:
        NotFound: the account has no such facility.
        NotAllowed: a facility must be named, or the key was used for something else.
    """
    facility = default_facility(connection, account, None, facility_id)
    asked = BulkRequest(
        id=new_id(now),
        account_id=account.id,
        facility_id=facility,
        dry_run=dry_run,
        state="waiting",
        created_at=now,
        expires_at=now + UPLOAD_TIME,
        status="waiting",
    )
    is_new = connection.execute(
        "INSERT INTO bulk_request (id, account_id, facility_id, dry_run, idempotency_key,"
        " created_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (asked.id, account.id, facility, dry_run, idempotency_key, now, asked.expires_at),
    ).rowcount
    if is_new:
        return asked
    found = _one(
        connection,
        "WHERE r.account_id = %s AND r.idempotency_key = %s",
        (account.id, idempotency_key),
    )
    # The default facility may have changed since; only what was said must be the same.
    said_facility = facility_id or found.facility_id
    if (found.facility_id, found.dry_run) != (said_facility, dry_run):
        raise NotAllowed("this Idempotency-Key was used with another facilityId or dryRun")
    return found


def get_request(connection: Connection, account_id: int, request_id: UUID) -> BulkRequest:
    """The account's request with this id.

    Raises:
        NotFound: there is none.
    """
    return _one(connection, "WHERE r.account_id = %s AND r.id = %s", (account_id, request_id))


def list_requests(
    connection: Connection, account_id: int, count: int, before: UUID | None = None
) -> list[BulkRequest]:
    """The account's requests, the newest first; with `before`, those older than that one."""
    with connection.cursor(row_factory=class_row(BulkRequest)) as cursor:
        cursor.execute(
            f"{_SELECT} WHERE r.account_id = %(account)s"
            " AND (%(before)s::uuid IS NULL OR r.id < %(before)s) ORDER BY r.id DESC LIMIT %(n)s",
            {"account": account_id, "before": before, "n": count},
        )
        return cursor.fetchall()


def result_path(
    connection: Connection, settings: Settings, account_id: int, request_id: UUID
) -> Path:
    """The result file of the attempt that callers are told of.

    Raises:
        NotFound: the account has no such request, or it has no result yet.
        StorageUnavailable: the file is gone; it can be made again.
    """
    row = connection.execute(
        f"SELECT i.partition_key, f.name FROM import i CROSS JOIN LATERAL ({_TOLD}) a"
        f" JOIN result_file f ON {_RESULT} AND f.sha256 IS NOT NULL"
        " WHERE i.account_id = %s AND i.id = %s AND a.finished_at IS NOT NULL",
        (account_id, request_id),
    ).fetchone()
    if row is None:
        raise NotFound("there is no result of this request")
    key, name = row
    path: Path = settings.results_dir / key / name
    if not path.is_file():
        raise StorageUnavailable(f"the result in {path.parent} is gone; it can be made again")
    return path


def cancel(connection: Connection, account_id: int, request_id: UUID) -> BulkRequest:
    """Call a waiting request off, its file with it if that is here; the caller commits.

    Raises:
        NotFound: the account has no such request.
        NotAllowed: it waits no longer.
    """
    _lock(connection, account_id, request_id)
    cancelled = connection.execute(
        "UPDATE bulk_request SET state = 'cancelled' WHERE id = %s AND state = 'waiting'",
        (request_id,),
    ).rowcount
    cancelled += connection.execute(
        "UPDATE import SET state = 'cancelled', reason = %s WHERE id = %s AND state = 'waiting'",
        (CANCELLED, request_id),
    ).rowcount
    request = get_request(connection, account_id, request_id)
    if not cancelled:
        raise NotAllowed(f"the request is {request.status}; only a waiting one can be cancelled")
    return request


def begin_upload(
    connection: Connection, account_id: int, request_id: UUID, now: datetime
) -> BulkRequest:
    """Check that the request takes a file, and keep it from expiring while that comes.

    To be called again now and then during a long upload. The caller commits.

    Raises:
        NotFound: the account has no such request.
        Expired: it waited too long.
        NotAllowed: it has its file, or was cancelled.
    """
    request = _require_waiting(connection, account_id, request_id)
    connection.execute(
        "UPDATE bulk_request SET expires_at = greatest(expires_at, %s) WHERE id = %s",
        (now + UPLOAD_TIME, request_id),
    )
    return request


def accept(
    connection: Connection, account: Account, request_id: UUID, archived: Archived, now: datetime
) -> Import:
    """Enter archived bytes as the request's import, once; the caller commits.

    Raises:
        NotFound: the account has no such request.
        Expired: it waited too long.
        NotAllowed: another upload was faster, or it was cancelled.
    """
    request = _require_waiting(connection, account.id, request_id)
    arrival = Arrival(
        source="api",
        received_at=now,
        file_name=f"{request_id}.csv",
        format=account.format,
        dry_run=request.dry_run,
        default_facility_id=request.facility_id,
        import_id=request_id,
    )
    imported = enter(connection, account, archived, arrival)
    connection.execute("UPDATE bulk_request SET state = 'received' WHERE id = %s", (request_id,))
    return imported


def expire_overdue(connection: Connection, now: datetime) -> int:
    """Set requests to `expired` whose time is over, of all accounts. Returns how many."""
    return connection.execute(
        "UPDATE bulk_request SET state = 'expired' WHERE state = 'waiting' AND expires_at <= %s",
        (now,),
    ).rowcount


def _require_waiting(connection: Connection, account_id: int, request_id: UUID) -> BulkRequest:
    request = _lock(connection, account_id, request_id)
    if request.state == "expired":
        raise Expired("the upload link expired; ask for a new one")
    if request.state == "cancelled":
        raise NotAllowed("the request was cancelled; ask for a new one")
    if request.state == "received":
        raise NotAllowed("the upload link was used; it takes one file")
    return request


def _lock(connection: Connection, account_id: int, request_id: UUID) -> BulkRequest:
    # Two uploads, or an upload and the sweep, meet here; the second one finds what the first did.
    connection.execute(
        "SELECT 1 FROM bulk_request WHERE id = %s AND account_id = %s FOR UPDATE",
        (request_id, account_id),
    )
    return get_request(connection, account_id, request_id)


def _one(connection: Connection, where: str, values: tuple[object, ...]) -> BulkRequest:
    with connection.cursor(row_factory=class_row(BulkRequest)) as cursor:
        cursor.execute(f"{_SELECT} {where}", values)
        found = cursor.fetchone()
    if found is None:
        raise NotFound("there is no such request")
    return found
