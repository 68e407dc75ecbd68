"""What the marts need of the registry: their schemas, who reads them, and how far they are behind.

The marts themselves are declared in `dbt/` and built by `pipelines/marts/`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

ANALYST = "rosterline_analyst"
PATIENT_ANALYST = "rosterline_patient_analyst"
ROLES = (ANALYST, PATIENT_ANALYST)
"""They are made by revision 0007 and cannot log in; people are granted them."""

VIEW_SCHEMAS = ("marts_staging", "marts_patients")
"""Their views stand on the registry's tables, which cannot change below them."""

DROP_VIEWS = f"""
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT schemaname, viewname FROM pg_views
        WHERE schemaname IN ({", ".join(f"'{name}'" for name in VIEW_SCHEMAS)})
    LOOP
        EXECUTE format('DROP VIEW IF EXISTS %I.%I CASCADE', each.schemaname, each.viewname);
    END LOOP;
END $$
"""
"""Run before a migration; the next build makes the views again."""


@dataclass(frozen=True)
class Finished:
    """How far the ledger is: attempts that are over, and what is at work.

    `oldest` is the age of the first attempt that finished after the instant asked about, by the
    clock of the database; none where none did.
    """

    attempts: int
    newest_at: datetime | None
    processing: int
    oldest: timedelta | None


def read_finished(connection: Connection, since: datetime | None) -> Finished:
    """What finished altogether, and how long ago what finished after `since` began to."""
    with connection.cursor(row_factory=class_row(Finished)) as cursor:
        (found,) = cursor.execute(
            "SELECT count(*) AS attempts, max(finished_at) AS newest_at,"
            " (SELECT count(*) FROM import WHERE state = 'processing') AS processing,"
            " now() - min(finished_at)"
            "  FILTER (WHERE finished_at > coalesce(%s::timestamptz, '-infinity')) AS oldest"
            " FROM attempt WHERE finished_at IS NOT NULL",
            (since,),
        ).fetchall()
    return found


@contextmanager
def only_build(connection: Connection) -> Iterator[None]:
    """Only one build at a time, wherever it was started: the second one waits for the first."""
    connection.execute("SELECT pg_advisory_lock(hashtext('rosterline marts'))")
    connection.commit()
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext('rosterline marts'))")
        connection.commit()
