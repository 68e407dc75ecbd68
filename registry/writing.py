"""Who may write an account's patients, and in which order they did.

Imports, callers and people write one after another, each in one transaction: it takes the lock
first and counts the account's `registry_version` on. What it writes carries the new number, so
that the order of changes rests on no clock.
"""

from psycopg import Connection

from registry.accounts import account_by_id


def lock_account(connection: Connection, account_id: int) -> None:
    """Wait until nobody else writes patients of the account; held until the transaction ends."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline apply'), %s)", (account_id,)
    )


def next_version(connection: Connection, account_id: int) -> int:
    """The number that everything written in this transaction carries."""
    return account_by_id(connection, account_id).registry_version + 1


def count_version(connection: Connection, account_id: int) -> None:
    """Make that number the account's: what was matched under an older one is matched again.

    Towards the end of the transaction, for from here on nobody else can change the account's row.
    """
    connection.execute(
        "UPDATE account SET registry_version = registry_version + 1 WHERE id = %s", (account_id,)
    )
