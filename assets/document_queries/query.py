"""The document queries of one import: plan them, send the due ones, report the progress."""

import asyncio
from time import perf_counter

from psycopg import Connection

from assets.attempt_work import AttemptWork, load_work
from assets.error_redaction import explained
from assets.stage_runs import Figures, StageReport
from registry.documents import plans
from registry.documents.dispatch import release, sending
from registry.documents.progress import progress_of
from registry.settings import Settings

NAME = "document_queries"
RUN_SECONDS = 600.0
"""How long a run sends queries, for all its imports together; the next run sends the rest."""

LATER_SECONDS = 60.0
"""Pause before the next run if another run is sending or this one has no time left."""


def query_import(
    connection: Connection, settings: Settings, partition_key: str, *, seconds: float, again: bool
) -> StageReport:
    """Query the documents of the patients of this import, for at most `seconds`.

    With 0 seconds the queries are only planned. With `again`, queries that failed or could not be
    sent are repeated.

    Raises:
        RosterlineError: any fault; its text contains no value of a patient.
        NotFound: there is no such import, or no run has worked on it yet.
    """

    def run() -> StageReport:
        work = load_work(connection, settings, partition_key)
        connection.commit()
        if reason := _why_passed_by(work):
            return StageReport(NAME, work, passed_by=reason)
        start = perf_counter()
        figures = _query(connection, work, seconds, again=again)
        return StageReport(NAME, work, perf_counter() - start, figures)

    return explained(run, NAME, partition_key, debug=settings.debug)


def _why_passed_by(work: AttemptWork) -> str | None:
    if not work.file_format.queries_documents:
        return f"files of format {work.file_format.name} start no document queries"
    if work.imported.dry_run:
        return "a dry run starts no document queries"
    if work.imported.state != "completed":
        return f"the import is {work.imported.state}; queries follow once it is completed"
    return None


def _query(connection: Connection, work: AttemptWork, seconds: float, *, again: bool) -> Figures:
    imported, configured = work.imported, work.settings.fhir_base_url is not None
    plans.plan(connection, imported, configured=configured, again=again)
    counts = configured and not plans.is_for_callers(connection, imported)
    unplanned = plans.unplanned(connection, imported) if counts else 0
    connection.commit()
    # From here on, each dispatched query and each answer is committed by itself.
    connection.autocommit = True
    gave_way = False
    if progress_of(connection, [imported.id])[imported.id].processing:
        gave_way = _send(connection, work, seconds)
    else:
        plans.leave(connection, imported.id)
    found = progress_of(connection, [imported.id])[imported.id]
    return {
        "planned": found.total,
        "completed": found.completed,
        "failed": found.failed,
        "still open": found.processing,
        "opted out": found.opted_out,
        "not configured": found.not_configured,
        "found": found.found,
        "unplanned": unplanned,
        **({"endpoint": found.fault} if found.fault else {}),
        **({"gave way": 1} if gave_way else {}),
    }


def _send(connection: Connection, work: AttemptWork, seconds: float) -> bool:
    """Send what is due; returns whether it stopped because another account waits."""
    # Imported here, because its libraries take half a second to load and runs of imports do not
    # need them.
    from assets.document_queries.send import Sending  # noqa: PLC0415

    imported = work.imported
    with sending(connection) as mine:
        if not mine or seconds <= 0:
            plans.leave(connection, imported.id, LATER_SECONDS)
            return False
        release(connection, imported.id)
        sender = Sending(work.settings, connection, imported, seconds)
        asyncio.run(sender.run())
        plans.leave(connection, imported.id, sender.pace.wait)
        if sender.unwell:
            plans.pause(connection, sender.unwell)
        return sender.gave_way
