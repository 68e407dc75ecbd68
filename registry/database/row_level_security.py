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
def as_account(connection: Connection, account_id: int) -> Iterator[None]:
    """A transaction that sees this account's rows only, committed at the end.

    The connection must be in no transaction: role and account last until this one ends. What
    takes too long, a lock above all, ends with psycopg's OperationalError.
    """
    with connection.transaction():
        connection.execute(f"SELECT {account_scope_sql('%s')}", (str(account_id),))
        yield


def account_scope_sql(account: str) -> str:
    """SQL for the end of a SELECT list that puts the walls up, from the next statement on.

    `account` is an expression for the account's number as text. All of it goes with the statement
    that has to be made anyway: each one more costs a way to the server and back.
    """
    settings = {
        "role": f"'{ROLE}'",
        "rosterline.account": account,
        "lock_timeout": f"'{LOCK_TIMEOUT}'",
        "statement_timeout": f"'{STATEMENT_TIMEOUT}'",
    }
    return ", ".join(f"set_config('{name}', {value}, true)" for name, value in settings.items())
