"""Ending an import that does not come to its end by itself, and answering its sender.

It is given up after its last try, or cancelled by a person.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from psycopg import Connection

from assets.attempt_work import load_work
from assets.result_files.finish import FINISH
from assets.stage_runs import StageReport, run_stage
from assets.staging_database import remove_staging
from registry.database.held_locks import hold
from registry.documents.plans import want
from registry.landing.answered import take_out
from registry.ledger import claims
from registry.ledger.imports import Import, get_import, list_attempts
from registry.ledger.moves import IMPORT_IS_UNDER_WAY
from registry.settings import Settings
from schemas.errors import RosterlineError

_ANSWERED_BY_A_RESULT = ("failed", "cancelled", "processing")
"""`processing`: it was written before it could be cancelled."""

logger = logging.getLogger(__name__)

Show = Callable[[StageReport], object]
"""Called with the report of the result that was written, if one was."""


def give_up(
    connection: Connection,
    settings: Settings,
    imported: Import,
    now: datetime,
    *,
    by: str | None = None,
    show: Show | None = None,
) -> bool:
    """Give an import up where its tries are over, or where a person (`by`) says so. Commits.

    Returns:
        Whether it was given up. What cannot be done for its sender then is warned about.
    """
    if not claims.give_up(connection, imported, now, by=by):
        return False
    _try_to_answer(connection, settings, imported, show)
    return True


def cancel(
    connection: Connection,
    settings: Settings,
    imported: Import,
    now: datetime,
    *,
    reason: str,
    show: Show | None = None,
) -> str:
    """Cancel an import that is not over; one whose patients are written gets its result instead.

    Commits.

    Returns:
        What became of it, in a word of its states, or `processing` where a run still finishes it.
    """
    if imported.state not in IMPORT_IS_UNDER_WAY:
        return imported.state
    if claims.cancel(connection, imported, now, reason=reason):
        _try_to_answer(connection, settings, imported, show)
    elif hold(connection, claims.lock_of(imported)):
        _try_to_answer(connection, settings, imported, show)
        claims.release(connection, imported)
    return get_import(connection, imported.partition_key).state


def _try_to_answer(
    connection: Connection, settings: Settings, imported: Import, show: Show | None
) -> None:
    report = None
    try:
        report = _answer(connection, settings, get_import(connection, imported.partition_key))
    except RosterlineError as error:
        connection.rollback()
        logger.warning("an import ended without a result: import=%s %s", imported.id, error.code)
    connection.commit()
    if report is not None and show is not None:
        show(report)


def _answer(connection: Connection, settings: Settings, imported: Import) -> StageReport | None:
    if not list_attempts(connection, imported.id):
        return None
    key = imported.partition_key
    if imported.state in _ANSWERED_BY_A_RESULT:
        return run_stage(FINISH, connection, settings, key, run_id="", again=False)
    work = load_work(connection, settings, key)
    if work.attempt.state == "finished" and work.wants_documents:
        want(connection, imported, configured=settings.fhir_base_url is not None)
    take_out(connection, settings, imported)
    remove_staging(work)
    return None
