"""The service of calls about one patient: works off what API callers wait for, one row at a time.

    python -m cli.services.patient_calls

Each call is an import of one row (`registry/requests/patient_calls.py`). It goes through the five
stages here, in a process that has them loaded, because a run of Dagster would take longer to start
than the caller waits. The import has no partition in Dagster until somebody backfills it: a
partition for each patient would be too many. A call that is cut off is resumed by the sensor of
interrupted imports, like any other import. Several of these services may run at once.
"""

import logging
import threading
import time

from psycopg import Connection

from assets.imports.turns import RunOfImports, take_turn
from assets.lineage_events.publish import publish
from cli.services.until_stopped import serve_until_stopped, while_there_is_a_database
from registry.database.connections import connect, session_of
from registry.ledger.claims import LeftAlone
from registry.ledger.imports import Import
from registry.requests.patient_calls import CHANNEL, waiting_calls
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger("rosterline.patient_calls")

LOOK_SECONDS = 1.0
"""How long it waits for a notification before it looks by itself."""

PAUSE_SECONDS = 2.0
JOB = "patient_calls"
NO_RUN = ""
"""Stands in the ledger where an import of a file has the id of its Dagster run."""


def serve(settings: Settings, over: threading.Event) -> None:
    """Work off calls as they come; goes on by itself once the database is back."""
    while_there_is_a_database(settings, over, _serve_with, logger, "calls wait")


def _serve_with(connection: Connection, settings: Settings, over: threading.Event) -> None:
    connection.autocommit = True
    notified = session_of(connection)
    notified.execute(f"LISTEN {CHANNEL}")
    left: dict[str, float] = {}
    while not over.is_set():
        left = {key: until for key, until in left.items() if until > time.monotonic()}
        due = [each for each in waiting_calls(connection) if each.partition_key not in left]
        for imported in due:
            if over.is_set():
                return
            if not work_off(settings, imported):
                left[imported.partition_key] = time.monotonic() + PAUSE_SECONDS
        if not due:
            for _ in notified.notifies(timeout=LOOK_SECONDS, stop_after=1):
                pass


def work_off(settings: Settings, imported: Import) -> bool:
    """Take one call through the stages. Returns whether it is off the queue."""
    began, work = time.monotonic(), []
    try:
        # The import is this process's until the connection is closed.
        with connect(settings) as connection:
            # As for a person who waits, files that wait for the night do not hold it up.
            run = RunOfImports(NO_RUN, by_a_person=True)
            for report in take_turn(connection, settings, imported.partition_key, run):
                if isinstance(report, LeftAlone):
                    logger.info("left alone: import=%s %s", imported.id, report.reason)
                    return False
                work = [report.work]
        publish(settings, work, JOB)
    except RosterlineError as error:
        # Its text has no value of a patient. The sensor of interrupted imports goes on with it.
        logger.error("a call was cut off: import=%s code=%s", imported.id, error.code)  # noqa: TRY400
        return True
    logger.info("call: import=%s ms=%.0f", imported.id, (time.monotonic() - began) * 1000)
    return True


if __name__ == "__main__":
    serve_until_stopped(Settings(), serve, "patient-calls")
