"""Stage `result_files`: answer the sender, then end the import."""

from datetime import UTC, datetime
from pathlib import Path

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.result_files.deliver import deliver
from assets.stage_runs import Figures, Stage
from assets.staging_database import remove_staging
from registry.documents.plans import want
from registry.ledger.states import finish_import
from rosters.csv_reader import csv_records


def finish(connection: Connection, work: AttemptWork) -> Figures:
    """Write and publish the results, take the input out of Pending, end the import.

    What the stages handed to one another is removed.

    In the same transaction the import's document queries are requested; another run makes them.

    Raises:
        StorageUnavailable: the disk is full or a folder cannot be written.
    """
    files = deliver(connection, work)
    lines = _count_records(files["result"])
    expected = (work.attempt.records or 1) + 1
    finish_import(connection, work.attempt, datetime.now(UTC))
    if work.wants_documents and work.attempt.state == "applied":
        want(connection, work.imported)
    remove_staging(work)
    return {
        # Not the files' names: they come from the sender and may hold a patient's name.
        "folder": str(files["result"].parent),
        "lines": lines,
        "lines missing": abs(expected - lines),
    }


def _count_records(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv_records(file))


FINISH = Stage("result_files", finish, states=("applied", "failed", "finished"))
