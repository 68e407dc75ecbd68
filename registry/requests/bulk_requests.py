"""Bulk requests: what a caller asked for before its file came, and what became of it.

The states of a request are in `registry/requests/request_states.py`. Callers see `status`: the
import's state once there is an import.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.ids import new_id
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, default_facility, enter
from registry.ledger import states
from registry.ledger.imports import Import, get_import
from registry.ledger.results import ResultFile, ResultKind, result_key
from registry.requests import request_states
from registry.requests.members import cancel_members
from registry.settings import Settings
from registry.store import store_of
from schemas.errors import Expired, NotAllowed, NotFound

_SQL = Statements(__file__)

UPLOAD_TIME = timedelta(minutes=10)
SOURCE = "api"
CANCELLED = "cancelled by the sender before it was processed"
CANCELLED_UNDER_WAY = "cancelled by the sender while it was processed; nothing was written"


@dataclass(frozen=True)
class BulkRequest:
    """A request with its import's state and the counts of the attempt that callers see.

    Counts are None until that attempt is applied. `archive_id` is the request of the archive in
    which this is a member.
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
    file_name: str | None = None
    archive_id: UUID | None = None


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
        _SQL["insert_request"],
        {
            "id": asked.id,
            "account": account.id,
            "facility": facility,
            "dry_run": dry_run,
            "idempotency_key": idempotency_key,
            "created_at": now,
            "expires_at": asked.expires_at,
        },
    ).rowcount
    if is_new:
        return asked
    found = _one(connection, account.id, "idempotency_key", idempotency_key)
    # The default facility may have changed since; only what the caller stated must be the same.
    stated_facility = facility_id or found.facility_id
    if (found.facility_id, found.dry_run) != (stated_facility, dry_run):
        raise NotAllowed("this Idempotency-Key was used with another facilityId or dryRun")
    return found


def get_request(connection: Connection, account_id: int, request_id: UUID) -> BulkRequest:
    """The account's request with this id.

    Raises:
        NotFound: there is none.
    """
    return _one(connection, account_id, "id", request_id)


def list_requests(
    connection: Connection, account_id: int, count: int, before: UUID | None = None
) -> list[BulkRequest]:
    """The account's requests, the newest first; with `before`, those older than that one."""
    with connection.cursor(row_factory=class_row(BulkRequest)) as cursor:
        cursor.execute(
            _SQL["select_requests"].format(
                condition="(%(before)s::uuid IS NULL OR bulk_request.id < %(before)s)"
            ),
            {"account": account_id, "before": before, "count": count},
        )
        return cursor.fetchall()


def list_members(connection: Connection, account_id: int, request_id: UUID) -> list[BulkRequest]:
    """The requests of the members of an archive that was unpacked, in their order."""
    with connection.cursor(row_factory=class_row(BulkRequest)) as cursor:
        found = cursor.execute(
            _SQL["select_requests"].format(condition="import.parent_id = %(archive)s"),
            {"account": account_id, "archive": request_id, "count": None},
        ).fetchall()
    return found[::-1]


def find_result(
    connection: Connection,
    settings: Settings,
    account_id: int,
    request_id: UUID,
    kind: ResultKind = "result",
) -> ResultFile:
    """A result file of the attempt that callers see.

    Raises:
        NotFound: the account has no such request, or it has no result yet.
    """
    row = connection.execute(
        _SQL["find_result"], {"account": account_id, "id": request_id, "kind": kind}
    ).fetchone()
    if row is None:
        raise NotFound("there is no such result of this request")
    key, name, sha256 = row
    return ResultFile(store_of(settings), result_key(key, name), sha256, kind)


def cancel(connection: Connection, account_id: int, request_id: UUID, now: datetime) -> BulkRequest:
    """Cancel a request that waits or is processed; the caller commits.

    A run that works on its import stops at its next stage. Of an archive all members are cancelled
    that can be.

    Raises:
        NotFound: the account has no such request.
        NotAllowed: it is over, or its patients are written already.
    """
    _lock(connection, account_id, request_id)
    is_cancelled = request_states.cancel(connection, request_id)
    is_cancelled |= states.cancel(
        connection, account_id, request_id, source=SOURCE, reason=CANCELLED
    )
    request = get_request(connection, account_id, request_id)
    if not is_cancelled and request.status == "processing":
        imported = get_import(connection, str(request_id))
        is_cancelled = states.cancel_unfinished(
            connection, imported, reason=CANCELLED_UNDER_WAY, now=now
        ) or cancel_members(connection, imported, reason=CANCELLED, now=now)
        request = get_request(connection, account_id, request_id)
    if not is_cancelled:
        raise NotAllowed(f"the request is {request.status}; it can be cancelled no more")
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
        source=SOURCE,
        received_at=now,
        file_name=f"{request_id}.csv",
        format=account.format,
        dry_run=request.dry_run,
        default_facility_id=request.facility_id,
        import_id=request_id,
    )
    imported = enter(connection, account, archived, arrival)
    request_states.receive(connection, request_id)
    return imported


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
    # Two uploads, or an upload and the expiry of overdue requests, wait for each other here; the
    # second one finds what the first did.
    connection.execute(
        "SELECT 1 FROM bulk_request WHERE id = %s AND account_id = %s FOR UPDATE",
        (request_id, account_id),
    )
    return get_request(connection, account_id, request_id)


def _one(connection: Connection, account_id: int, column: str, value: object) -> BulkRequest:
    """The account's request with this value in one of its unique columns."""
    with connection.cursor(row_factory=class_row(BulkRequest)) as cursor:
        cursor.execute(
            _SQL["select_requests"].format(condition=f"bulk_request.{column} = %(value)s"),
            {"account": account_id, "value": value, "count": 1},
        )
        found = cursor.fetchone()
    if found is None:
        raise NotFound("there is no such request")
    return found
