"""A pool of connections to the registry, for doors that answer many requests."""

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
        # Else each connection of before a restart of the server would fail one request.
        check=_require_open,
    )


def _require_open(connection: psycopg.Connection) -> None:
    """Ask the server only where it has something to say, which it has where it closed.

    Asking always would be one way there and back more for each request, of about six.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)
