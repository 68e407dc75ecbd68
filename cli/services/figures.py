"""The figures of the whole installation, read from PostgreSQL when somebody scrapes them.

The intake service shows them beside what it counts itself. Several of it may run; all show the same
figures, so that queries take the highest one. It is no service of its own, because that would be
one more to start, and runs, which do most of the work, are too short to be scraped.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from registry.database.connections import connect, options, runs_url
from registry.database.lock_waits import lock_waits
from registry.database.revision import require_current_tables
from registry.landing.disk_reserve import free_bytes
from registry.ledger.backlog import backlog, entered_in, rows_written
from registry.ledger.lateness import late_files
from registry.settings import Settings
from registry.tables.enums import IMPORT_STATES, OUTCOMES
from registry.webhooks.outbox import undelivered
from schemas.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily, Metric

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
LEAST_REST_SECONDS = 5.0
REST_FACTOR = 20
"""The queries rest so many times as long as they took, so PostgreSQL gives them a 20th at most."""

QUERY_SECONDS = 10
UNFINISHED = ("waiting", "processing")
RUNS_UNDER_WAY = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
_RUNS = "SELECT status, count(*) FROM runs WHERE status = ANY(%s) GROUP BY status"

Sample = tuple[Sequence[str], float]


class Figures:
    """A collector of prometheus-client. It asks PostgreSQL at most every few seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: list[Metric] = []
        self._next_look = 0.0

    def describe(self) -> "list[Metric]":
        """Nothing, so that registering it asks no database."""
        return []

    def collect(self) -> "Iterator[Metric]":
        """The figures as of the last look; without those of a database that did not answer."""
        with self._lock:
            if (began := time.monotonic()) >= self._next_look:
                self._known = list(self._look())
                took = time.monotonic() - began
                self._next_look = time.monotonic() + max(LEAST_REST_SECONDS, REST_FACTOR * took)
            yield from self._known

    def _look(self) -> "Iterator[Metric]":
        free, reserve = free_bytes(self._settings.home), self._settings.disk_reserve_bytes
        yield _gauge("rosterline_home_free_bytes", "Free bytes on the home's disk.", free)
        yield _gauge("rosterline_home_reserve_bytes", "Bytes of it that are kept free.", reserve)
        found: list[Metric] = []
        answered: list[Sample] = []
        for name, read in (("registry", self._of_registry), ("dagster", self._of_dagster)):
            try:
                found += read()
                answered.append(((name,), 1))
            except (DatabaseUnavailable, psycopg.Error) as error:
                logger.warning("no figures of the %s database: %s", name, type(error).__name__)
                answered.append(((name,), 0))
        about = "Whether the database answered the queries."
        yield _gauge("rosterline_database_up", about, *answered, label="database")
        yield from found

    def _of_registry(self) -> "list[Metric]":
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - only if served

        now = datetime.now(UTC)
        late_after = timedelta(hours=self._settings.notify_late_hours)
        with connect(self._settings) as connection:
            require_current_tables(connection)
            connection.execute(_LIMIT)
            states = {each.state: each for each in backlog(connection, now)}
            late = sum(each.files for each in late_files(connection, now, late_after))
            day = entered_in(connection, now, DAY)
            written = rows_written(connection)
            messages, lag = undelivered(connection, now)
            waits, longest = lock_waits(connection)
        of_states = [((each,), states.get(each)) for each in UNFINISHED]
        by_state = {each.state: each.imports for each in day}
        rows = Counter[str]()
        for each in day:
            rows.update({name: getattr(each, name) for name in OUTCOMES})
        return [
            _gauge(
                "rosterline_imports",
                "Imports that are not over, by state.",
                *((state, found.imports if found else 0) for state, found in of_states),
                label="state",
            ),
            _gauge(
                "rosterline_imports_oldest_seconds",
                "Seconds since the oldest import in this state was received.",
                *((state, found.oldest_seconds if found else 0) for state, found in of_states),
                label="state",
            ),
            _gauge(
                "rosterline_imports_late",
                "Imports that are not over ROSTERLINE_NOTIFY_LATE_HOURS after they were due.",
                late,
            ),
            _gauge(
                "rosterline_imports_last_day",
                "Imports that came within a day, by their state now.",
                *(((each,), by_state.get(each, 0)) for each in IMPORT_STATES),
                label="state",
            ),
            _gauge(
                "rosterline_rows_last_day",
                "Rows of imports that came within a day, by outcome, over all attempts.",
                *(((each,), rows[each]) for each in OUTCOMES),
                label="outcome",
            ),
            CounterMetricFamily(
                "rosterline_rows",
                "Rows that were entered into the ledger, as PostgreSQL counts them.",
                value=written,
            ),
            _gauge("rosterline_webhooks_undelivered", "Webhooks not delivered yet.", messages),
            _gauge("rosterline_webhooks_oldest_seconds", "Age of the oldest of them.", lag),
            _gauge("rosterline_lock_waits", "Locks that PostgreSQL's sessions wait for.", waits),
            _gauge("rosterline_lock_wait_seconds", "The longest of these waits.", longest),
        ]

    def _of_dagster(self) -> "list[Metric]":
        url = runs_url(self._settings)
        with psycopg.connect(
            url, **options(url) | {"dbname": self._settings.dagster_database}
        ) as connection:
            connection.execute(_LIMIT)
            try:
                runs = dict(connection.execute(_RUNS, (list(RUNS_UNDER_WAY),)).fetchall())
            except psycopg.errors.UndefinedTable:
                runs = {}  # Dagster has not started yet
        return [
            _gauge(
                "rosterline_dagster_runs",
                "Runs of Dagster that are queued or under way, by status.",
                *(((each.lower(),), runs.get(each, 0)) for each in RUNS_UNDER_WAY),
                label="status",
            )
        ]


_LIMIT = f"SET LOCAL statement_timeout = '{QUERY_SECONDS}s'"


def _gauge(
    name: str, about: str, *samples: float | Sample, label: str | None = None
) -> "GaugeMetricFamily":
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - only if served

    gauge = GaugeMetricFamily(name, about, labels=[label] if label else [])
    for each in samples:
        labels, value = each if isinstance(each, tuple) else ((), each)
        gauge.add_metric(list(labels), float(value))
    return gauge
