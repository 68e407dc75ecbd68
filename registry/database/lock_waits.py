"""Who waits for locks in PostgreSQL."""

from psycopg import Connection

from registry.database.statements import Statements

_SQL = Statements(__file__)


def lock_waits(connection: Connection) -> tuple[int, float]:
    """How many locks are waited for in the whole server, and the longest wait in seconds."""
    row = connection.execute(_SQL["count_lock_waits"]).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)
