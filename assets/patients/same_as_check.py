"""What a user checked is what is imported, or nothing is.

The check is a dry run of the same bytes. The import's outcomes are compared with the check's where
they are decided last: under the lock under which they are written.
"""

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.staging_database import create_table_in_batches
from registry.database.bulk_copy import copy_out_in_batches
from registry.database.statements import Statements
from registry.requests.portal_submissions import checked_attempt
from schemas.errors import FileFault

_SQL = Statements(__file__)
_SHOWN_LINES = 5


def refuse_what_was_not_checked(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> None:
    """Compare the decisions in `outcome` with those of the check that the import follows, if any.

    Raises:
        FileFault: rows would end otherwise, or on other patients, than the check said.
    """
    # An engineer starts further attempts; they find done what the first one did.
    check = checked_attempt(registry, work.imported.id) if work.attempt.number == 1 else None
    if check is None:
        return
    checked = copy_out_in_batches(
        registry,
        "SELECT line, outcome::text, patient_id::text FROM import_row"
        " WHERE import_id = %s AND attempt = %s",
        check,
    )
    create_table_in_batches(connection, "checked_row", checked)
    lines = [line for (line,) in connection.execute(_SQL["find_rows_unlike_the_check"]).fetchall()]
    if lines:
        raise FileFault("check_stale", _reason(lines), lines[0])


def _reason(lines: list[int]) -> str:
    shown = ", ".join(f"{line}" for line in lines[:_SHOWN_LINES])
    more = f" and {len(lines) - _SHOWN_LINES:,} more" if len(lines) > _SHOWN_LINES else ""
    where = f"line {shown}" if len(lines) == 1 else f"lines {shown}{more}"
    return (
        f"patients changed since this file was checked: {where} would now end otherwise; nothing "
        "was imported; check it again"
    )
