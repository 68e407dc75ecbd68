"""Who sent a workbook gets its failed rows as a workbook too, beside the result."""

import io
from pathlib import Path

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.result_files.result_rows import Target
from registry.landing.failed_workbook import FailedRows, write_failed_workbook


def is_answered_with_workbook(work: AttemptWork) -> bool:
    """Whether rows of a workbook failed."""
    is_read = work.attempt.state != "failed" and bool(work.attempt.errored)
    return is_read and bool(work.layout.sheet)


def write_answer(
    registry: Connection, work: AttemptWork, failed_rows: Path, target: Target
) -> None:
    """Write the workbook of the failed rows that `failed_rows` has, the same bytes each time."""
    number, result = work.attempt.number, work.file_format.result
    failed = FailedRows(work.imported.id, number, failed_rows, work.layout, result)
    made = io.BytesIO()  # some thousand rows, and its writer goes back and forth
    write_failed_workbook(registry, failed, work.imported.received_at, made)
    target.write(made.getvalue())
