"""The walls between accounts: what a request sees of the registry, kept by PostgreSQL itself.

The role and its policies are made by revision 0003; docs/decisions/007-http.md says why.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

ROLE = "rosterline_gateway"

LOCK_TIMEOUT = "5s"
"""An import of the account may hold what a request waits for; others need its connection."""

STATEMENT_TIMEOUT = "30s"


@contextmanager
def within(connection: Connection, account_id: int) -> Iterator[None]:
    """A transaction that sees this account's rows only, committed at the end.

    The connection must be in no transaction: role and account last until this one ends. What
    takes too long, a lock above all, ends with psycopg's OperationalError.
    """
    with connection.transaction():
        # One statement, not SET ROLE and another: each costs a way to the server and back.
        connection.execute(
            "SELECT set_config('role', %s, true), set_config('rosterline.account', %s, true),"
            " set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
            (ROLE, str(account_id), LOCK_TIMEOUT, STATEMENT_TIMEOUT),
        )
        yield
