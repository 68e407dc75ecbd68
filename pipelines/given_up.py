"""Ending an import that does not come to its end by itself, and answering its sender."""

import logging
from datetime import datetime

from psycopg import Connection

from assets.attempt_work import load_work
from assets.result_files.finish import FINISH
from assets.stage_runs import run_stage
from assets.staging_database import remove_staging
from registry.documents.plans import want
from registry.landing.drop_folder import take_out
from registry.ledger import claims
from registry.ledger.imports import Import, get_import, list_attempts
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)


def give_up(
    connection: Connection,
    settings: Settings,
    imported: Import,
    now: datetime,
    *,
    by: str | None = None,
) -> bool:
    """Give an import up where its tries are over, or where a person (`by`) says so. Commits.

    Returns:
        Whether it was given up. What cannot be done for its sender then is warned about.
    """
    if not claims.give_up(connection, imported, now, by=by):
        return False
    try:
        _answer(connection, settings, get_import(connection, imported.partition_key))
    except RosterlineError as error:
        connection.rollback()
        logger.warning(
            "an import was given up without a result: import=%s %s", imported.id, error.code
        )
    connection.commit()
    return True


def _answer(connection: Connection, settings: Settings, imported: Import) -> None:
    if not list_attempts(connection, imported.id):
        return
    key = imported.partition_key
    if imported.state == "failed":
        run_stage(FINISH, connection, settings, key, run_id="", again=False)
        return
    work = load_work(connection, settings, key)
    if work.attempt.state == "finished" and work.wants_documents:
        want(connection, imported)
    take_out(connection, settings, imported)
    remove_staging(work)
