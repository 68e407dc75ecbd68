"""A lock for each run that is at work, in a session of its own: it goes with the run's process.

Nothing else says that a run is at work, since its process may be on any host, or in a command.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from registry.database.connections import direct_url, options, runs_url
from registry.database.embedded_server import find_postmaster
from registry.database.held_locks import held, hold
from registry.settings.database import DatabaseSettings
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""How soon a lock is taken again whose session ended, as when PostgreSQL was restarted."""


@contextmanager
def at_work(settings: DatabaseSettings, run_id: str) -> Iterator[None]:
    """Hold the lock of a run inside the block, also over a restart of PostgreSQL.

    Where the database cannot be reached, the block runs without the lock: its own work says so.
    Nothing is started for it: Dagster's storage is in the same server, so it runs already.
    """
    is_down = settings.is_embedded and find_postmaster(settings) is None
    try:
        url = None if is_down else direct_url(settings, runs_url(settings))
    except DatabaseUnavailable:
        url = None
    if url is None:
        yield
        return
    over = threading.Event()
    holder = threading.Thread(target=_hold_until, args=(over, url, run_id), daemon=True)
    holder.start()
    try:
        yield
    finally:
        over.set()
        holder.join()


def runs_at_work(connection: psycopg.Connection, run_ids: Sequence[str]) -> set[str]:
    """Those of these runs that hold their lock."""
    found = held(connection, [_lock_of(run_id) for run_id in run_ids])
    return {run_id for run_id in run_ids if _lock_of(run_id) in found}


def _hold_until(over: threading.Event, url: str, run_id: str) -> None:
    while not over.is_set():
        try:
            # By the address and not by `connect`, which would start an embedded server that
            # somebody has just stopped.
            with psycopg.connect(url, autocommit=True, **options(url)) as connection:
                hold(connection, _lock_of(run_id))
                while not over.wait(LOOK_SECONDS):
                    connection.execute("SELECT 1")
        except psycopg.Error as error:
            logger.debug("the session of a run's lock ended: %s", type(error).__name__)
            over.wait(LOOK_SECONDS)


def _lock_of(run_id: str) -> str:
    return f"rosterline run {run_id}"
