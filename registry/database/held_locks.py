"""Locks that last as long as the session that holds them.

They say who is at work, on any host: the lock goes when its holder lets go, when its process ends,
and, over a network, soon after its host is gone. No pid and no host name is needed.
"""

from collections.abc import Sequence

from psycopg import Connection

from registry.database.connections import session_of
from registry.database.statements import Statements

_SQL = Statements(__file__)

_NOTICE_DEAD_PEERS = """
SELECT
    set_config('tcp_keepalives_idle', '15', FALSE),
    set_config('tcp_keepalives_interval', '5', FALSE),
    set_config('tcp_keepalives_count', '3', FALSE)
"""


def hold(connection: Connection, name: str) -> bool:
    """Hold the lock of this name in the connection's session; False if another session has it.

    Behind a pooler it is the session beside the connection. A session that holds a lock twice must
    let go of it twice.
    """
    session = session_of(connection)
    session.execute(_NOTICE_DEAD_PEERS)
    held = session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,))
    return bool(held.fetchall()[0][0])


def let_go(connection: Connection, name: str) -> None:
    """Let go of a lock that this session holds."""
    session_of(connection).execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (name,))


def held(connection: Connection, names: Sequence[str]) -> set[str]:
    """Those of these locks that a session holds; looking does not touch them."""
    if not names:
        return set()
    rows = connection.execute(_SQL["find_held"], {"names": list(names)}).fetchall()
    return {name for (name,) in rows}
