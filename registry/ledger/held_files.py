"""Files that are held for a person: which they are, why, and what people decide about them.

A file is held before a patient of it is written (docs/decisions/028-held-files.md). Reasons have
counts and shares, and no value of a patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger import states
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)


@dataclass(frozen=True)
class HeldFile:
    """A file that was held; `decision` is None while it waits for a person.

    `counts` are the rows by the outcome that they would have had when it was held.
    """

    import_id: UUID
    account: str
    partition_key: str
    source: str
    file_name: str
    received_at: datetime
    held_at: datetime
    reason: str
    decision: str | None
    decided_at: datetime | None
    decided_by: str | None
    counts: Mapping[str, int | None] = field(default_factory=dict)


def list_held(connection: Connection, account_id: int | None = None) -> list[HeldFile]:
    """Files that wait for a person, of one account or of all, the first held first."""
    return _select(connection, account_id, None)


def find_held(connection: Connection, import_id: UUID) -> HeldFile | None:
    """How and why an import was held, decided or not; None where it never was."""
    return next(iter(_select(connection, None, import_id)), None)


def get_held(connection: Connection, import_id: UUID) -> HeldFile:
    """How and why an import was held, decided or not.

    Raises:
        NotFound: it never was.
    """
    held = find_held(connection, import_id)
    if held is None:
        raise NotFound("there is no such held file")
    return held


def let_through(connection: Connection, import_id: UUID, by: str, now: datetime) -> None:
    """Let a held file go on, as if it had not been held; the caller commits.

    Its next run takes it up at once, matches it against the registry as it is then, and gives the
    values of newer files precedence, as those of any late file.

    Raises:
        NotAllowed: it is not held.
    """
    if not states.let_through(connection, import_id, by, now):
        raise NotAllowed("this file is not held; there is nothing to let through")


def refuse(connection: Connection, import_id: UUID, by: str, now: datetime) -> None:
    """Refuse a held file: nothing of it is imported, and its sender gets a result that says so.

    The caller commits; the next run writes the result.

    Raises:
        NotAllowed: it is not held.
    """
    if not states.refuse(connection, import_id, by, now):
        raise NotAllowed("this file is not held; there is nothing to refuse")


def _select(
    connection: Connection, account_id: int | None, import_id: UUID | None
) -> list[HeldFile]:
    with connection.cursor(row_factory=class_row(HeldFile)) as cursor:
        return cursor.execute(
            _SQL["list_held"], {"account": account_id, "import": import_id}
        ).fetchall()
