"""How a service of ours runs: it logs, keeps what it writes to itself, and ends well."""

import logging
import os
import signal
import threading
from collections.abc import Callable

import psycopg
from psycopg import Connection

from registry.database.connections import connect
from registry.database.revision import require_current_tables
from registry.logs import set_up_logs
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings
from registry.telemetry.endpoint import Collector, serving_metrics
from registry.telemetry.spans import tracing
from schemas.errors import DatabaseUnavailable

PAUSE_SECONDS = 2.0
"""How long a service waits before it tries the database again."""


def serve_until_stopped(
    settings: Settings,
    serve: Callable[[Settings, threading.Event], None],
    service: str,
    *collectors: Collector,
) -> None:
    """Let `serve` serve until SIGTERM or Ctrl-C, which set the event that it is given.

    `service` names it in traces; `collectors` add to the metrics that it shows.
    """
    set_up_logs(settings)
    os.umask(PRIVATE_UMASK)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with serving_metrics(settings, *collectors), tracing(service):
        serve(settings, over)


def while_there_is_a_database(
    settings: Settings,
    over: threading.Event,
    work: Callable[[Connection, Settings, threading.Event], None],
    logger: logging.Logger,
    waits: str,
) -> None:
    """Let `work` work over a connection; begin anew whenever the database is back.

    The log says once what `waits` meanwhile: "calls wait until this is over", and why.
    """
    is_away = False
    while not over.is_set():
        try:
            with connect(settings) as connection:
                require_current_tables(connection)
                is_away = False
                work(connection, settings, over)
        except (DatabaseUnavailable, psycopg.OperationalError) as error:
            if not is_away:
                logger.warning("%s until this is over: %s", waits, error)
            is_away = True
            over.wait(PAUSE_SECONDS)
