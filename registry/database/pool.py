"""A pool of connections to the registry, for servers of the gateway, which answer many requests."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

from registry.database.connections import (
    CONNECT_SECONDS,
    gateway_url,
    options,
    plain_url,
    pooled_options,
    set_zone,
    unreadable,
)
from registry.database.revision import require_current_tables
from registry.settings.database import DatabaseSettings

REVISION_SECONDS = 5.0
"""How long it may take until it is noticed that the tables became those of another version."""


class RegistryPool(ConnectionPool):
    """A pool that hands out connections only while the tables are those of this version."""

    _looked_at = -REVISION_SECONDS

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[psycopg.Connection]:
        """A connection, returned to the pool at the end.

        Raises:
            DatabaseUnavailable: the tables are those of another version.
            psycopg_pool.PoolTimeout: the database cannot be reached.
        """
        with super().connection(timeout) as connection:
            if time.monotonic() - self._looked_at >= REVISION_SECONDS:
                require_current_tables(connection)
                self._looked_at = time.monotonic()
            yield connection


def connection_pool(settings: DatabaseSettings, size: int, url: str | None = None) -> RegistryPool:
    """A pool of at most `size` connections in autocommit, to be opened and closed by the caller.

    With `url`, to that server and not to the primary.

    Raises:
        DatabaseUnavailable: the embedded server does not start, or the address makes no sense.
    """
    url = plain_url(url) if url else gateway_url(settings)
    is_pooled = settings.database_direct_url is not None
    try:
        how = pooled_options(url) if is_pooled else options(url)
    except psycopg.ProgrammingError:
        raise unreadable() from None
    return RegistryPool(
        url,
        kwargs={"autocommit": True, **how},
        configure=set_zone if is_pooled else None,
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
