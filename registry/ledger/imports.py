"""The ledger: imports, their attempts and states. What happened, when, and how it ended.

States of an import: `waiting` → `processing` → `completed` | `failed`; `waiting` → `failed`,
`expired` or `cancelled`. States of an attempt: `open` → `applied` (registry and outcomes are
committed) → `finished` (the result file is durable); `open` → `failed` (a fault of the file).
An attempt that was cut off stays `open` or `applied`, and the next run goes on with it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from registry.accounts.accounts import Account, account_by_id
from registry.ledger.progress import forget_stages
from registry.tables.enums import OUTCOMES
from schemas.errors import FileFault, NotFound

KEY_ID_CHARACTERS = 10
FILE_LINE = 0
"""The line number under which the ledger keeps issues about the file as a whole."""


@dataclass(frozen=True)
class Import:
    """One file's way through the system."""

    id: UUID
    account_id: int
    format: str
    source: str
    file_name: str
    sha256: str
    byte_count: int
    received_at: datetime
    dry_run: bool
    default_facility_id: UUID | None
    partition_key: str
    state: str
    reason: str | None
    claims: int
    drop_name: str | None


IMPORT_COLUMNS = ", ".join(field.name for field in fields(Import))


@dataclass(frozen=True)
class Attempt:
    """One run over an import; counts are None until it is applied."""

    import_id: UUID
    number: int
    state: str
    run_id: str | None
    started_at: datetime
    finished_at: datetime | None
    fault_code: str | None
    reason: str | None
    records: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    errored: int | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do for this attempt."""
        return self.state in ("finished", "failed")

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return {name: getattr(self, name) or 0 for name in OUTCOMES}


def partition_key(account: Account, received_at: datetime, import_id: UUID) -> str:
    """`<received date in the account's zone>_<account>_<last 10 hex digits of the import id>`."""
    received = received_at.astimezone(account.zone).date()
    return f"{received.isoformat()}_{account.name}_{import_id.hex[-KEY_ID_CHARACTERS:]}"


def get_import(connection: Connection, key: str) -> Import:
    """The import with this id or partition key.

    Raises:
        NotFound: there is none.
    """
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import WHERE partition_key = %(key)s"
            " OR id::text = %(key)s OR right(partition_key, 10) = %(key)s",
            {"key": key},
        )
        found = cursor.fetchone()
    if found is None:
        raise NotFound(f"there is no import {key!r} (`rosterline status` lists them)")
    return found


def list_imports(
    connection: Connection,
    *,
    states: tuple[str, ...] = (),
    account_id: int | None = None,
    limit: int = 1000,
) -> list[Import]:
    """Imports, the newest received first; all states where none is given."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import"
            " WHERE (cardinality(%(states)s::text[]) = 0 OR state = ANY(%(states)s))"
            " AND (%(account)s::int IS NULL OR account_id = %(account)s)"
            " ORDER BY received_at DESC, id DESC LIMIT %(limit)s",
            {"states": list(states), "account": account_id, "limit": limit},
        )
        return cursor.fetchall()


def account_of(connection: Connection, imported: Import) -> Account:
    """The account whose file this is."""
    return account_by_id(connection, imported.account_id)


def _columns(record: type[Any]) -> str:
    return ", ".join(record.__dataclass_fields__)


def latest_attempt(connection: Connection, import_id: UUID) -> Attempt:
    """The attempt that the stages after `landed_files` work on.

    Raises:
        NotFound: no attempt was opened yet.
    """
    attempts = list_attempts(connection, import_id)
    if not attempts:
        raise NotFound(f"import {import_id} has no attempt yet; materialise `landed_files` first")
    return attempts[-1]


def list_attempts(connection: Connection, import_id: UUID) -> list[Attempt]:
    """All attempts of an import, the first one first."""
    with connection.cursor(row_factory=class_row(Attempt)) as cursor:
        cursor.execute(
            f"SELECT {_columns(Attempt)} FROM attempt WHERE import_id = %s ORDER BY number",
            (import_id,),
        )
        return cursor.fetchall()


def open_attempt(
    connection: Connection, import_id: UUID, run_id: str | None, *, again: bool
) -> Attempt:
    """The attempt to work on: an unfinished one is gone on with, else a new one is opened.

    With `again` False an import that is over is left as it is and its last attempt returned, so
    that a run which claims an import twice works on it once.
    """
    connection.execute("SELECT 1 FROM import WHERE id = %s FOR UPDATE", (import_id,))
    attempts = list_attempts(connection, import_id)
    if not attempts or (attempts[-1].is_over and again):
        connection.execute(
            "INSERT INTO attempt (import_id, number, run_id) VALUES (%s, %s, %s)",
            (import_id, len(attempts) + 1, run_id),
        )
        connection.execute(
            "UPDATE import SET state = 'processing', reason = NULL WHERE id = %s", (import_id,)
        )
    elif not attempts[-1].is_over:
        if attempts[-1].state == "open":
            forget_stages(connection, import_id, attempts[-1].number)
        connection.execute(
            "UPDATE attempt SET run_id = %s WHERE import_id = %s AND number = %s",
            (run_id, import_id, attempts[-1].number),
        )
    return latest_attempt(connection, import_id)


def fail_attempt(connection: Connection, attempt: Attempt, fault: FileFault) -> None:
    """End an attempt by a fault of its file; the import is failed once its result is written."""
    connection.execute(
        "UPDATE attempt SET state = 'failed', fault_code = %s, reason = %s, records = 0,"
        " created = 0, updated = 0, unchanged = 0, errored = 0"
        " WHERE import_id = %s AND number = %s",
        (fault.code, fault.reason, attempt.import_id, attempt.number),
    )


def finish_import(connection: Connection, attempt: Attempt, now: datetime) -> None:
    """The result file of this attempt is durable: the attempt and its import are over."""
    connection.execute(
        "UPDATE attempt SET finished_at = %s,"
        " state = CASE state WHEN 'applied' THEN 'finished' ELSE state END"
        " WHERE import_id = %s AND number = %s AND finished_at IS NULL",
        (now, attempt.import_id, attempt.number),
    )
    connection.execute(
        "UPDATE import SET reason = a.reason,"
        " state = CASE a.state WHEN 'failed' THEN 'failed' ELSE 'completed' END"
        " FROM attempt a WHERE import.id = %s AND a.import_id = import.id AND a.number = %s",
        (attempt.import_id, attempt.number),
    )


def list_issues(connection: Connection, attempt: Attempt) -> list[dict[str, Any]]:
    """Issues of an attempt in the file's order: line, code, severity, column_name, message."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "SELECT line, code, severity::text, column_name, message FROM row_issue"
            " WHERE import_id = %s AND attempt = %s ORDER BY line, ordinal",
            (attempt.import_id, attempt.number),
        )
        return cursor.fetchall()


def list_rows(connection: Connection, attempt: Attempt) -> list[dict[str, Any]]:
    """Rows of an attempt in the file's order: line, outcome, patient_id, messages."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            # A look-up per row and no join: right after an import PostgreSQL has no figures of its
            # rows yet, and may hold each row against each issue, for minutes.
            "SELECT r.line, r.outcome::text, r.patient_id, ARRAY("
            "  SELECT i.message FROM row_issue i WHERE i.import_id = r.import_id"
            "  AND i.attempt = r.attempt AND i.line = r.line ORDER BY i.ordinal) AS messages"
            " FROM import_row r WHERE r.import_id = %s AND r.attempt = %s ORDER BY r.line",
            (attempt.import_id, attempt.number),
        )
        return cursor.fetchall()
