"""Whether a process can do its work now: for the balancer in front of several doors."""

import logging
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
from psycopg import Connection
from psycopg_pool import PoolTimeout

from registry.database.revision import require_current_tables
from registry.settings.home import HomeSettings
from registry.store.durable_files import DRAFT_PREFIX
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

DATABASE, STORAGE, STOPPING = "database", "storage", "stopping"


def lacks(
    settings: HomeSettings, connecting: Callable[[], AbstractContextManager[Connection]]
) -> list[str]:
    """What keeps this process from its work, in words that say nothing to a stranger.

    The database is to answer and its tables to be those of this version, and the home folder to
    take a file. The log says more.
    """
    return [
        *([] if _reaches_database(connecting) else [DATABASE]),
        *([] if _can_write(settings) else [STORAGE]),
    ]


def _reaches_database(connecting: Callable[[], AbstractContextManager[Connection]]) -> bool:
    try:
        with connecting() as connection:
            require_current_tables(connection)
    except (DatabaseUnavailable, psycopg.Error, PoolTimeout) as error:
        said = error if isinstance(error, DatabaseUnavailable) else type(error).__name__
        logger.warning("not ready: the database: %s", said)
        return False
    return True


def _can_write(settings: HomeSettings) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=settings.home, prefix=DRAFT_PREFIX) as probe:
            probe.write(b"?")
            probe.flush()
    except OSError as error:
        logger.warning("not ready: the home folder: %s", error.strerror)
        return False
    return True
