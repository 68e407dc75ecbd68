"""One writer of an account's patients at a time, and the order in which they wrote.

Imports, API calls and decisions of people write one after another. Each does so in one transaction
that takes the lock first and increases the account's `registry_version`. What it writes carries the
new number, so that the order of changes does not depend on a clock.
"""

from psycopg import Connection


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


def count_version(connection: Connection, account_id: int) -> None:
    """Make that number the account's: imports that were matched under an older one match again.

    Call it towards the end of the transaction: from here on nobody else can change the account's
    row.
    """
    connection.execute(
        "UPDATE account SET registry_version = registry_version + 1 WHERE id = %s", (account_id,)
    )
