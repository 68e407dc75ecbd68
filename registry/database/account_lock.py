"""One writer of an account's patients at a time, and the order in which they wrote.

Imports, API calls and decisions of people write one after another. Each does so in one transaction
that takes the lock first and increases the account's `registry_version`. What it writes carries the
new number, so that the order of changes does not depend on a clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from psycopg import Connection

from registry.database.connections import session_of


def lock_account(connection: Connection, account_id: int) -> None:
    """Wait until nobody else writes patients of the account; held until the transaction ends."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline apply'), %s)", (account_id,)
    )


def next_version(connection: Connection, account_id: int) -> int:
    """The number that everything written in this transaction carries."""
    (version,) = connection.execute(
        "SELECT registry_version FROM account WHERE id = %s", (account_id,)
    ).fetchall()
    return int(version[0]) + 1


def count_version(
    connection: Connection, account_id: int, change_set: UUID, attempt: int = 0
) -> None:
    """Make that number the account's: imports that were matched under an older one match again.

    What wrote it is kept: an attempt over an import, or a person's change (attempt 0). Call it
    towards the end of the transaction: from here on nobody else can change the account's row.
    """
    version = next_version(connection, account_id)
    connection.execute(
        "INSERT INTO change_set (account_id, registry_version, id, attempt)"
        " VALUES (%s, %s, %s, %s)",
        (account_id, version, change_set, attempt),
    )
    connection.execute(
        "UPDATE account SET registry_version = %s WHERE id = %s", (version, account_id)
    )


@contextmanager
def matching_copy_lock(connection: Connection, account_id: int) -> Iterator[None]:
    """Wait until nobody else works with the account's matching copy, over all transactions within.

    It keeps nobody from writing patients.
    """
    key = "(hashtext('rosterline matching copy'), %s)"
    session = session_of(connection)
    session.execute(f"SELECT pg_advisory_lock{key}".encode(), (account_id,))
    session.commit()
    try:
        yield
    finally:
        # A connection that is gone has lost its locks.
        if not session.broken:
            session.rollback()
            session.execute(f"SELECT pg_advisory_unlock{key}".encode(), (account_id,))
            session.commit()
