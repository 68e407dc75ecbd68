"""The ledger: imports and their attempts. What happened, when, and how it ended.

Their states, and every move between them, are in `registry/ledger/moves.py` and are shown in
docs/reference/states.md. An attempt that was cut off stays `open` or `applied`, and the next run
goes on with it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from registry.accounts.accounts import Account, account_by_id
from registry.database.statements import Statements
from registry.ledger.moves import ATTEMPT_IS_OVER
from registry.tables.enums import OUTCOMES
from schemas.errors import NotFound

_SQL = Statements(__file__)

KEY_ID_CHARACTERS = 10
FILE_LINE = 0
"""The line number under which the ledger keeps issues about the file as a whole."""


@dataclass(frozen=True)
class Import:
    """One file's way through the system.

    `parent_id` is the import of the archive in which it is a member. `member` says where its roster
    stands there, as `Import.place` has it.
    """

    id: UUID
    account_id: int
    format: str
    source: str
    file_name: str
    sha256: str
    byte_count: int
    received_at: datetime
    ordered_at: datetime
    dry_run: bool
    default_facility_id: UUID | None
    partition_key: str
    state: str
    reason: str | None
    claims: int
    drop_name: str | None
    drop_place: str = "folder"
    parent_id: UUID | None = None
    member: str | None = None

    @property
    def place(self) -> tuple[int, ...]:
        """Where its roster stands in the archive that was received; empty for a file of its own."""
        return place_of(self.member)


IMPORT_COLUMNS = ", ".join(field.name for field in fields(Import))


@dataclass(frozen=True)
class Attempt:
    """One run over an import; counts are None until it is applied.

    `missing` patients are those whom no row of a whole list named; None where nobody counted.
    """

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
    missing: int | None = None
    changed_identities: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do for this attempt."""
        return self.state in ATTEMPT_IS_OVER

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return {name: getattr(self, name) or 0 for name in OUTCOMES}


def place_of(member: str | None) -> tuple[int, ...]:
    """The place that `import.member` says: `2/0` is `(2, 0)`."""
    return tuple(map(int, member.split("/"))) if member else ()


def partition_key(account: Account, received_at: datetime, import_id: UUID) -> str:
    """`<received date in the account's zone>_<account>_<last 10 hex digits of the import id>`."""
    received = received_at.astimezone(account.zone).date()
    return f"{received.isoformat()}_{account.name}_{import_id.hex[-KEY_ID_CHARACTERS:]}"


def account_in(key: str) -> str:
    """The account's name in a partition key.

    Example: `2026-11-21_acme_north_0123456789` → `acme_north`.
    """
    return key[len("2026-11-21_") : -KEY_ID_CHARACTERS - 1]


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
        raise NotFound(f"there is no import {key!r}", advice="`rosterline status` lists them")
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
            _SQL["list_imports"].format(columns=IMPORT_COLUMNS),
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
        raise NotFound(
            f"import {import_id} has no attempt yet; materialise all five stages together"
        )
    return attempts[-1]


def list_attempts(connection: Connection, import_id: UUID) -> list[Attempt]:
    """All attempts of an import, the first one first."""
    with connection.cursor(row_factory=class_row(Attempt)) as cursor:
        cursor.execute(
            f"SELECT {_columns(Attempt)} FROM attempt WHERE import_id = %s ORDER BY number",
            (import_id,),
        )
        return cursor.fetchall()


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
        cursor.execute(_SQL["list_rows"], {"import": attempt.import_id, "attempt": attempt.number})
        return cursor.fetchall()
