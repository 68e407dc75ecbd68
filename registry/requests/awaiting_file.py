"""Bulk requests without a file: they are not in the ledger yet, or never will be.

Commands show them beside imports. They read all accounts, so they run without row-level security.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.ledger.imports import KEY_ID_CHARACTERS


@dataclass(frozen=True)
class Awaited:
    """A bulk request without a file; `state` is `waiting`, `expired` or `cancelled`."""

    id: UUID
    account_id: int
    dry_run: bool
    state: str
    created_at: datetime
    expires_at: datetime

    @property
    def key(self) -> str:
        """The end of the partition key that its import will have."""
        return self.id.hex[-KEY_ID_CHARACTERS:]


_COLUMNS = ", ".join(Awaited.__dataclass_fields__)


def list_awaited(
    connection: Connection, *, account_id: int | None = None, limit: int = 1000
) -> list[Awaited]:
    """Requests that wait for their file, the newest first."""
    with connection.cursor(row_factory=class_row(Awaited)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM bulk_request WHERE state = 'waiting'"
            " AND (%(account)s::int IS NULL OR account_id = %(account)s)"
            " ORDER BY id DESC LIMIT %(limit)s",
            {"account": account_id, "limit": limit},
        ).fetchall()


def find_awaited(connection: Connection, key: str) -> Awaited | None:
    """The request with this id, or end of an id, if its file never came."""
    with connection.cursor(row_factory=class_row(Awaited)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM bulk_request WHERE state <> 'received'"
            " AND (id::text = %(key)s OR right(id::text, %(length)s) = %(key)s)",
            {"key": key, "length": KEY_ID_CHARACTERS},
        ).fetchone()
