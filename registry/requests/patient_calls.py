"""Calls about one patient: an import of one row each, whose caller waits for its end.

The row goes through the stages of every import; its caller is answered with what became of it. The
import is no different afterwards: it has a result, and can be undone, run again and followed.

A service works the calls off at once (`cli/services/patient_calls.py`). Where it is down, the
sensor of waiting files takes them (`registry/ledger/sql/choose_waiting.sql`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.ids import new_id
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from registry.ledger.imports import IMPORT_COLUMNS, Import
from registry.requests.portal_submissions import formats_of
from schemas.errors import NotAllowed

_SQL = Statements(__file__)

SOURCE = "api"
FORMAT = "metriport"
CHANNEL = "rosterline_patient_call"
"""Where PostgreSQL notifies the service of a call that was entered."""


@dataclass(frozen=True)
class CallOutcome:
    """What became of a call's row.

    `state` is that of its import. `outcome` is None while that is under way, and where the row
    could not be read. `errors` and `warnings` are the row's messages, in the words of its result.
    """

    state: str
    reason: str | None
    outcome: str | None
    patient_id: UUID | None
    errors: list[str]
    warnings: list[str]


@dataclass(frozen=True)
class PatientCall:
    """A row to enter: its format, the facility of a row that names none, and the caller's key."""

    format: str
    facility_id: UUID | None = None
    idempotency_key: str | None = None


def require_format(account: Account) -> None:
    """Refuse a call about a patient of an account that does not import this API's format.

    Raises:
        NotAllowed: it does not.
    """
    if FORMAT not in formats_of(account):
        raise NotAllowed(
            f"account {account.name!r} imports {account.format} files; patients are created and "
            f"updated one at a time in accounts of the format {FORMAT}"
        )


def enter_call(
    connection: Connection, account: Account, archived: Archived, call: PatientCall, now: datetime
) -> tuple[UUID, bool]:
    """Enter an archived row as an import, and tell the service; the caller commits.

    Returns:
        The import's id, and whether it is a new one. It is that of the first call where the same
        key came with the same row.

    Raises:
        NotAllowed: the key was used with another row.
    """
    if call.idempotency_key is not None:
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext('rosterline call'), %s)", (account.id,)
        )
        row = connection.execute(
            _SQL["find_call"], {"account": account.id, "key": call.idempotency_key}
        ).fetchone()
        if row is not None:
            if row[1:] != (archived.sha256, call.facility_id):
                raise NotAllowed("this Idempotency-Key was used with another patient or facilityId")
            return UUID(str(row[0])), False
    import_id = new_id(now)
    arrival = Arrival(
        source=SOURCE,
        received_at=now,
        file_name=f"{import_id}.csv",
        format=call.format,
        default_facility_id=call.facility_id,
        import_id=import_id,
    )
    enter(connection, account, archived, arrival)
    connection.execute(
        "INSERT INTO patient_call (import_id, account_id, idempotency_key) VALUES (%s, %s, %s)",
        (import_id, account.id, call.idempotency_key),
    )
    connection.execute(f"NOTIFY {CHANNEL}")
    return import_id, True


def is_call(connection: Connection, import_id: UUID) -> bool:
    """Whether an import is a call about one patient."""
    found = connection.execute("SELECT FROM patient_call WHERE import_id = %s", (import_id,))
    return bool(found.rowcount)


def outcome_of(connection: Connection, account_id: int, import_id: UUID) -> CallOutcome:
    """What became of a call so far."""
    with connection.cursor(row_factory=class_row(CallOutcome)) as cursor:
        about = {"account": account_id, "import": import_id}
        (found,) = cursor.execute(_SQL["read_outcome"], about).fetchall()
    return found


def waiting_calls(connection: Connection) -> list[Import]:
    """The calls of all accounts that wait, in the order of receipt."""
    columns = ", ".join(f"import.{name.strip()}" for name in IMPORT_COLUMNS.split(","))
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(_SQL["list_waiting_calls"].format(columns=columns)).fetchall()
