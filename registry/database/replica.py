"""A read-only replica for pages that may be a moment old, while it is there and not far behind."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from registry.database.pool import connection_pool
from registry.database.statements import Statements
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""How long a page waits for the replica before it is read from the primary."""

AWAY_SECONDS = 10.0
"""How long a replica is left alone that did not answer."""

MOST_BYTES_BEHIND = 16 * 1024**2
"""Of the log that was received and not replayed; a segment, which a replica replays in a moment."""

NEVER = (1 << 63) - 1
"""A position of the log that no replica has reached."""

_SQL = Statements(__file__)


class Replica:
    """A pool of connections to the replica of these settings, to be opened and closed."""

    def __init__(self, settings: DatabaseSettings, size: int) -> None:
        self._pool = connection_pool(settings, size, url=settings.database_replica_url)
        self._away_until = 0.0
        self._is_away = False

    def open(self) -> None:
        """Begin to connect; a replica that is not there is no error."""
        self._pool.open()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    @contextmanager
    def connection(self, written_up_to: int) -> Iterator[psycopg.Connection | None]:
        """A connection that sees what was written up to this position of the primary's log.

        None where the replica does not answer, is no replica any more, is cut off from the primary,
        or has not come so far. Whoever asks then reads from the primary.
        """
        with ExitStack() as stack:
            connection = None
            if time.monotonic() >= self._away_until:
                try:
                    found = stack.enter_context(self._pool.connection(PATIENCE_SECONDS))
                    connection = self._if_usable(found, written_up_to)
                except (PoolTimeout, psycopg.OperationalError, DatabaseUnavailable) as error:
                    self._leave_alone(type(error).__name__)
            yield connection

    def _if_usable(
        self, connection: psycopg.Connection, written_up_to: int
    ) -> psycopg.Connection | None:
        about = {"written": written_up_to, "most": MOST_BYTES_BEHIND}
        ((is_streaming, has_come_so_far),) = connection.execute(_SQL["look_at_replica"], about)
        if not is_streaming:
            self._leave_alone("it does not follow the primary")
            return None
        if self._is_away:
            logger.info("the read-only replica is back")
            self._is_away = False
        return connection if has_come_so_far else None

    def _leave_alone(self, reason: str) -> None:
        if not self._is_away:
            logger.warning("the read-only replica is not used, pages come from the primary: %s",
                           reason)  # fmt: skip
        self._is_away, self._away_until = True, time.monotonic() + AWAY_SECONDS


def log_position(pool: ConnectionPool) -> int:
    """How far the primary has written, for `Replica.connection`; `NEVER` where it does not say."""
    try:
        with pool.connection() as connection:
            ((position,),) = connection.execute(
                "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
            ).fetchall()
            return int(position)
    except (PoolTimeout, psycopg.Error, DatabaseUnavailable):
        return NEVER
