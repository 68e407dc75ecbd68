"""Stage `patients`: apply, then hold what was written against what should have been."""

from psycopg import Connection

from assets.attempt_work import Work
from assets.patients.apply import apply
from assets.stage_runs import Figures, Stage
from assets.staging_database import open_staging, scalar

_HISTORY_IMPORTS = 10
_UNUSUAL_ABOVE_MEAN = 0.2


def apply_and_verify(connection: Connection, work: Work) -> Figures:
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
        "errored share": round(share, 4),
        "rows without one outcome": abs(rows - _count(connection, work, _ROWS)),
        "counts apart": abs(sum(counts.values()) - rows) + _created_apart(connection, work, counts),
        "orphans": _count(connection, work, _ORPHANS),
        "unusual": int(share > _usual_share(connection, work) + _UNUSUAL_ABOVE_MEAN),
    }


_OF_ATTEMPT = "import_id = %(import)s AND attempt = %(attempt)s"
_ROWS = f"SELECT count(*) FROM import_row WHERE {_OF_ATTEMPT}"
_CREATED = (
    "SELECT count(*) FROM import_row JOIN patient ON patient.id = patient_id"
    f" WHERE {_OF_ATTEMPT} AND outcome = 'created'"
)
# Parts are written for the patients that the attempt's rows name, and for no others.
_ORPHANS = (
    f"SELECT count(*) FROM (SELECT DISTINCT patient_id FROM import_row WHERE {_OF_ATTEMPT}"
    " AND patient_id IS NOT NULL) named LEFT JOIN patient ON patient.id = named.patient_id"
    " WHERE patient.id IS NULL"
)


def _count(connection: Connection, work: Work, query: str) -> int:
    row = connection.execute(
        query.encode(), {"import": work.imported.id, "attempt": work.attempt.number}
    ).fetchone()
    return int(row[0]) if row else 0


def _created_apart(connection: Connection, work: Work, counts: dict[str, int]) -> int:
    expected = 0 if work.imported.dry_run else counts["created"]
    return abs(expected - _count(connection, work, _CREATED))


def _usual_share(connection: Connection, work: Work) -> float:
    """Mean share of errored rows in the account's imports before this one; 1 without history."""
    row = connection.execute(
        "SELECT avg(share) FROM (SELECT a.errored::float / a.records AS share FROM attempt a"
        " JOIN import i ON i.id = a.import_id WHERE i.account_id = %s AND i.id <> %s"
        " AND a.records > 0 ORDER BY a.started_at DESC LIMIT %s) recent",
        (work.account.id, work.imported.id, _HISTORY_IMPORTS),
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else 1.0


APPLY = Stage("patients", apply_and_verify)
