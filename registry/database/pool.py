"""A pool of connections to the registry, for servers that answer many requests."""

import select

import psycopg
from psycopg_pool import ConnectionPool

from registry.database.connections import CONNECT_SECONDS, database_url, options, unreadable
from registry.settings.database import DatabaseSettings


def connection_pool(settings: DatabaseSettings, size: int) -> ConnectionPool:
    """A pool of at most `size` connections in autocommit, to be opened and closed by the caller.

    Raises:
        DatabaseUnavailable: the embedded server does not start, or the address makes no sense.
    """
    url = database_url(settings)
    try:
        how = options(url)
    except psycopg.ProgrammingError:
        raise unreadable() from None
    return ConnectionPool(
        url,
        kwargs={"autocommit": True, **how},
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        open=False,
        # Without it, each connection from before a restart of the server fails one request.
        check=_require_open,
    )


def _require_open(connection: psycopg.Connection) -> None:
    """Check a connection only if the server sent something unasked, as it does when it closes it.

    Checking always would be one more round trip for each request, which makes about six.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)
