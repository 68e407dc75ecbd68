"""Stage `staged_patients`: from table `raw` to `staged` and `issues`."""

import duckdb
from psycopg import Connection

from assets.attempt_work import Work
from assets.stage_runs import Figures, Stage
from assets.staged_patients.judge import broken_clauses, judge
from assets.staged_patients.normalise import Normaliser, normalise
from assets.staging_database import open_staging, scalar
from registry.landing.receive import archived_path
from rosters.layout import read_layout
from schemas.labels import label


def stage(_: Connection, work: Work) -> Figures:
    """Normalise and judge every row.

    Raises:
        StorageUnavailable: the archived bytes are gone.
    """
    layout = read_layout(archived_path(work.settings, work.imported.sha256), work.file_format)
    with open_staging(work) as connection:
        normaliser = Normaliser(work.file_format, layout, work.defaults)
        normalise(connection, normaliser, work.circumstances.risk_levels)
        judge(connection, work.file_format, layout, work.circumstances)
        return _figures(connection, work)


def _figures(connection: duckdb.DuckDBPyConnection, work: Work) -> Figures:
    rows = scalar(connection, "SELECT count(*) FROM staged")
    errored = scalar(connection, "SELECT count(*) FROM staged WHERE errored")
    return {
        "rows": rows,
        "rows with errors": errored,
        "error share": round(errored / rows, 4) if rows else 0.0,
        "issues": scalar(connection, "SELECT count(*) FROM issues"),
        "issues by code": _issue_table(connection, work.file_format.name),
        "broken clauses": broken_clauses(connection, work.file_format, work.circumstances),
    }


def _issue_table(connection: duckdb.DuckDBPyConnection, format_name: str) -> str:
    """A markdown table of issues: codes, the format's columns and counts, never a value."""
    rows = connection.execute(
        """
        SELECT code, severity, column_name, count(*), min(line)
        FROM issues GROUP BY ALL ORDER BY count(*) DESC, code, 3 LIMIT 50
        """
    ).fetchall()
    if not rows:
        return "none"
    lines = [
        f"| {code} | {severity} | {label(format_name, column) or ''} | {count} | {first} |"
        for code, severity, column, count, first in rows
    ]
    head = ["| code | severity | column | rows | first line |", "| --- | --- | --- | ---: | ---: |"]
    return "\n".join([*head, *lines])


STAGE = Stage("staged_patients", stage)
