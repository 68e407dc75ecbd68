"""Stage `staged_patients`: from table `raw` to `staged`, `issues` and `mend`."""

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.stage_runs import Figures, Stage
from assets.staged_patients.date_order import leave_unclear_dates
from assets.staged_patients.judge import broken_clauses, judge
from assets.staged_patients.normalise import Normaliser, normalise
from assets.staged_patients.try_mends import try_mends
from assets.staging_database import open_staging, scalar
from registry.database.statements import Statements
from schemas.formats import Format

_SQL = Statements(__file__)


def stage(_: Connection, work: AttemptWork) -> Figures:
    """Normalise and judge every row.

    Raises:
        StorageUnavailable: the archived bytes are gone.
    """
    layout = work.layout
    with open_staging(work) as connection:
        normaliser = Normaliser(work.file_format, layout, work.defaults)
        normalise(connection, normaliser, work.circumstances.risk_levels)
        leave_unclear_dates(connection, normaliser)
        judge(connection, work.file_format, layout, work.circumstances)
        try_mends(connection, work)
        return _figures(connection, work)


def _figures(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> Figures:
    rows = scalar(connection, "SELECT count(*) FROM staged")
    errored = scalar(connection, "SELECT count(*) FROM staged WHERE errored")
    return {
        "rows": rows,
        "rows with errors": errored,
        "error share": round(errored / rows, 4) if rows else 0.0,
        "issues": scalar(connection, "SELECT count(*) FROM issues"),
        "issues by code": _issue_table(connection, work.file_format),
        "broken clauses": broken_clauses(connection, work.file_format, work.circumstances),
    }


def _issue_table(connection: duckdb.DuckDBPyConnection, file_format: Format) -> str:
    """A markdown table of issues: codes, the format's columns and counts, never a value."""
    rows = connection.execute(_SQL["count_issues"]).fetchall()
    if not rows:
        return "none"
    lines = [
        f"| {code} | {severity} | {'' if column is None else file_format.label_of(slot)} | {count}"
        f" | {first} |"
        for code, severity, column, slot, count, first in rows
    ]
    head = ["| code | severity | column | rows | first line |", "| --- | --- | --- | ---: | ---: |"]
    return "\n".join([*head, *lines])


STAGE = Stage("staged_patients", stage)
