"""The intake service: looks into the drop folders, and a bucket that is one, until it is stopped.

    python -m cli.services.intake

Files come into the ledger here, and the imports then wait for a run. Several may run, on several
machines that share the home folder: one looks, the others wait for its end. The heartbeat is a file
whose time is that of the last look; `rosterline doctor` reads it.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from math import inf
from pathlib import Path

from psycopg import Connection

from cli.services.figures import Figures
from cli.services.until_stopped import serve_until_stopped, while_there_is_a_database
from pipelines.process_environment import PROJECT_DIR
from registry.accounts.accounts import list_accounts
from registry.database.held_locks import hold
from registry.database.revision import require_current_tables
from registry.landing import drop_bucket
from registry.landing.disk_reserve import is_full, said_of
from registry.landing.intake import look
from registry.landing.zones_in_use import keep_zones
from registry.settings import Settings

logger = logging.getLogger("rosterline.intake")

LOOK_SECONDS = 2.0
LOCK = "rosterline intake"


def serve(settings: Settings, over: threading.Event) -> None:
    """Look again and again; goes on by itself once the database is back."""
    while_there_is_a_database(settings, over, _serve_with, logger, "no drop folder is looked at")


def heartbeat_file(settings: Settings) -> Path:
    """The file whose time says when a service of this home looked last."""
    return settings.dagster_dir / "intake.heartbeat"


def _serve_with(connection: Connection, settings: Settings, over: threading.Event) -> None:
    connection.autocommit = True
    while not hold(connection, LOCK):
        if over.wait(LOOK_SECONDS):
            return
    logger.info("this service looks into the drop folders")
    connection.autocommit = False
    was_full, looked_at_bucket = False, -inf
    while not over.is_set():
        was_full = _look_once(connection, settings, was_full=was_full)
        if not was_full and time.monotonic() - looked_at_bucket > settings.drop_url_seconds:
            drop_bucket.look(connection, settings, list_accounts(connection))
            connection.commit()
            looked_at_bucket = time.monotonic()
        over.wait(LOOK_SECONDS)


def _look_once(connection: Connection, settings: Settings, *, was_full: bool) -> bool:
    require_current_tables(connection)
    accounts = list_accounts(connection)
    connection.commit()
    if keep_zones(settings, (each.time_zone for each in accounts)):
        reload_code_location(settings)
    now_full = is_full(settings)
    if now_full and not was_full:
        logger.warning("%s", said_of(settings))
    if not now_full:
        look(connection, settings, accounts)
        connection.commit()
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    heartbeat_file(settings).touch()
    return now_full


def seconds_since_look(settings: Settings) -> float | None:
    """How long ago the last look ended; None if there was none."""
    try:
        return time.time() - heartbeat_file(settings).stat().st_mtime
    except FileNotFoundError:
        return None


def reload_code_location(settings: Settings) -> None:
    """Let Dagster load the code location anew: an account in a new zone needs a schedule.

    In a process of its own, because Dagster takes 60 MB that this one needs for nothing else.
    """
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pipelines.reload"],
        cwd=PROJECT_DIR,
        env=os.environ | settings.as_environment(),
        check=False,
    )


def run(settings: Settings) -> None:
    """Serve until stopped; this service also shows the figures of the whole installation."""
    serve_until_stopped(settings, serve, "intake", Figures(settings))


if __name__ == "__main__":
    run(Settings())
