"""Stage `patients`: apply, then compare what was written with what should have been."""

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.patients.apply import apply
from assets.stage_runs import Figures, Stage
from assets.staging_database import open_staging, scalar
from registry.database.statements import Statements

_SQL = Statements(__file__)
_ROWS = "SELECT count(*) FROM import_row WHERE import_id = %(import_id)s AND attempt = %(attempt)s"
_HISTORY_IMPORTS = 10
_UNUSUAL_ABOVE_MEAN = 0.2


def apply_and_verify(connection: Connection, work: AttemptWork) -> Figures:
    """Apply the attempt and return its counts and what the checks look at."""
    with open_staging(work) as staging:
        attempt = apply(staging, connection, work)
        rows = scalar(staging, "SELECT count(*) FROM raw")
    connection.commit()
    counts = attempt.counts
    share = counts["errored"] / rows if rows else 0.0
    return {
        **counts,
        "rows": rows,
        "error share": round(share, 4),
        "rows without one outcome": abs(rows - _count(connection, work, _ROWS)),
        "counts apart": abs(sum(counts.values()) - rows) + _created_apart(connection, work, counts),
        "orphans": _count(connection, work, _SQL["count_orphans"]),
        "unusual error share": int(share > _usual_share(connection, work) + _UNUSUAL_ABOVE_MEAN),
    }


def _count(connection: Connection, work: AttemptWork, query: str) -> int:
    row = connection.execute(
        query.encode(), {"import_id": work.imported.id, "attempt": work.attempt.number}
    ).fetchone()
    return int(row[0]) if row else 0


def _created_apart(connection: Connection, work: AttemptWork, counts: dict[str, int]) -> int:
    expected = 0 if work.imported.dry_run else counts["created"]
    return abs(expected - _count(connection, work, _SQL["count_created_patients"]))


def _usual_share(connection: Connection, work: AttemptWork) -> float:
    """Mean share of errored rows in the account's imports before this one; 1 for the first.

    So the check passes for the first one. Without a verdict, Dagster would show it as failed in a
    run that selects it and in which another file fails.
    """
    about = {"import_id": work.imported.id, "limit": _HISTORY_IMPORTS}
    row = connection.execute(_SQL["get_usual_error_share"].encode(), about).fetchone()
    return float(row[0]) if row and row[0] is not None else 1.0


APPLY = Stage("patients", apply_and_verify)
