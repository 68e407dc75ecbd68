"""Letting a file through that was held because many of its rows changed identities.

It holds for this one import, and leaves the account's share as it is.
"""

from uuid import UUID

from psycopg import Connection

from registry.ledger.imports import Import, latest_attempt
from schemas.errors import NotAllowed

HELD = "identities_changed"


def require_held(connection: Connection, imported: Import) -> None:
    """Check that an import failed because of its identity changes.

    Raises:
        NotAllowed: it did not.
    """
    is_held = imported.state == "failed" and (
        latest_attempt(connection, imported.id).fault_code == HELD
    )
    if not is_held:
        raise NotAllowed(
            f"import {imported.partition_key} was not held for its identity changes; there is "
            "nothing to let through"
        )


def let_through(connection: Connection, import_id: UUID, by: str) -> None:
    """Let every further attempt of an import pass; the caller commits."""
    connection.execute("UPDATE import SET let_through_by = %s WHERE id = %s", (by, import_id))


def who_let_through(connection: Connection, import_id: UUID) -> str | None:
    """Who let an import through, if anybody did."""
    row = connection.execute(
        "SELECT let_through_by FROM import WHERE id = %s", (import_id,)
    ).fetchone()
    return row[0] if row else None
