"""What a user checked is what is imported, or nothing is.

The check is a dry run of the same bytes. Its outcomes are held against those of the import where
these are decided last: under the lock that writes them.
"""

import duckdb
from psycopg import Connection

from assets.attempt_work import Work
from assets.staging_database import create_table
from registry.database.bulk_copy import copy_out
from registry.requests.portal_submissions import checked_attempt
from schemas.errors import FileFault

_SHOWN_LINES = 5


def refuse_what_was_not_checked(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: Work
) -> None:
    """Hold the decisions in `outcome` against the check that the import follows, if it does.

    Raises:
        FileFault: rows would end otherwise, or on other patients, than the check said.
    """
    # A further attempt is an engineer's, and finds done what the first one did.
    check = checked_attempt(registry, work.imported.id) if work.attempt.number == 1 else None
    if check is None:
        return
    said = copy_out(
        registry,
        "SELECT line, outcome::text, patient_id::text FROM import_row"
        " WHERE import_id = %s AND attempt = %s",
        check,
    )
    create_table(connection, "said", said)
    lines = [line for (line,) in connection.execute(_DIFFERENT).fetchall()]
    if lines:
        raise FileFault("check_stale", _reason(lines), lines[0])


# The check names no patient that it would create; nor are those compared that the import creates.
_DIFFERENT = """
SELECT line FROM (
    SELECT line, outcome, CASE WHEN NOT is_new THEN patient_id::VARCHAR END AS patient_id
    FROM outcome LEFT JOIN matched_patient USING (patient)
) now FULL JOIN (SELECT * REPLACE (line::INTEGER AS line) FROM said) said USING (line)
WHERE now.outcome::VARCHAR IS DISTINCT FROM said.outcome::VARCHAR
    OR now.patient_id IS DISTINCT FROM said.patient_id::VARCHAR
ORDER BY line
"""


def _reason(lines: list[int]) -> str:
    shown = ", ".join(f"{line}" for line in lines[:_SHOWN_LINES])
    more = f" and {len(lines) - _SHOWN_LINES:,} more" if len(lines) > _SHOWN_LINES else ""
    where = f"line {shown}" if len(lines) == 1 else f"lines {shown}{more}"
    return (
        f"patients changed since this file was checked: {where} would now end otherwise; nothing "
        "was imported; check it again"
    )
