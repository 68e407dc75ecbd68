"""Only one build of the marts at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection


@contextmanager
def only_build(connection: Connection) -> Iterator[None]:
    """Build alone, wherever other builds are started: a second one waits for the first.

    The lock is the session's, so each change of it is committed at once.
    """
    connection.execute("SELECT pg_advisory_lock(hashtext('rosterline marts'))")
    connection.commit()
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext('rosterline marts'))")
        connection.commit()
