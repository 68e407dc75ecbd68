"""Row-level security: a request sees the rows of one account only, and PostgreSQL enforces it.

Revision 0003 makes the role. Its policies and grants are in `registry/tables/objects/`;
docs/decisions/007-http.md gives the reasons.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

ROLE = "rosterline_gateway"

LOCK_TIMEOUT = "5s"
"""How long a request waits for a lock, which an import of the account may hold for minutes: the
request's connection is needed by others."""

STATEMENT_TIMEOUT = "30s"


@contextmanager
def as_account(connection: Connection, account_id: int) -> Iterator[None]:
    """A transaction that sees this account's rows only, committed at the end.

    The connection must be in no transaction: role and account last until this one ends. A
    statement that takes too long, or waits too long for a lock, raises psycopg's OperationalError.

        with as_account(connection, 7):
            connection.execute("SELECT id FROM account").fetchall()  # [(7,)]
    """
    with connection.transaction():
        connection.execute(f"SELECT {account_scope_sql('%s')}", (str(account_id),))
        yield


def stay_in_account(connection: Connection, account_id: int) -> None:
    """Let this connection see this account's rows only, until it is closed; the caller commits.

    For a connection that nobody uses afterwards, and past a pooler: whoever gets the session next
    would find the role still set.
    """
    connection.execute(
        "SELECT set_config('role', %s, false), set_config('rosterline.account', %s, false)",
        (ROLE, str(account_id)),
    )


def account_scope_sql(account: str) -> str:
    """Columns of a SELECT list that set role and account, from the next statement on.

    `account` is an SQL expression for the account's number as text. `account_scope_sql("'7'")`
    begins with `set_config('role', 'rosterline_gateway', true)` and goes on with
    `set_config('rosterline.account', '7', true)`.
    They go along with a statement that has to be made anyway, because each further statement costs
    a round trip to the server.
    """
    settings = {
        "role": f"'{ROLE}'",
        "rosterline.account": account,
        "lock_timeout": f"'{LOCK_TIMEOUT}'",
        "statement_timeout": f"'{STATEMENT_TIMEOUT}'",
    }
    return ", ".join(f"set_config('{name}', {value}, true)" for name, value in settings.items())
