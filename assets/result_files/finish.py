"""Stage `result_files`: answer the sender, then end the import."""

from datetime import UTC, datetime

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.result_files.deliver import deliver
from assets.stage_runs import Figures, Stage
from assets.staging_database import remove_staging
from registry.documents.plans import want
from registry.ledger.results import ResultFile
from registry.ledger.states import CANCELLED, finish_import
from rosters.csv_reader import csv_records


def finish(connection: Connection, work: AttemptWork) -> Figures:
    """Write and publish the results, take the input out of Pending, end the import.

    What the stages handed to one another is removed.

    In the same transaction the import's document queries are requested; another run makes them.

    Raises:
        StorageUnavailable: the disk is full or a folder cannot be written.
    """
    if work.attempt.fault_code == CANCELLED and work.attempt.number > 1:
        # The import is as the attempt before this one left it, and so is its result.
        remove_staging(work)
        return {"cancelled": 1}
    result = deliver(connection, work)
    lines = _count_records(result)
    expected = (work.attempt.records or 1) + 1
    finish_import(connection, work.attempt, datetime.now(UTC))
    if work.wants_documents and work.attempt.state == "applied":
        want(connection, work.imported, configured=work.settings.fhir_base_url is not None)
    remove_staging(work)
    return {
        # Not the files' names: they come from the sender and may hold a patient's name.
        "folder": result.store.place_of(f"results/{result.partition_key}"),
        "lines": lines,
        "lines missing": abs(expected - lines),
    }


def _count_records(result: ResultFile) -> int:
    """Records of the result as the store gives it back."""
    path = result.store.file(result.key, result.sha256)
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv_records(file))


FINISH = Stage("result_files", finish, states=("applied", "failed", "finished"))
