"""Stage `matched_patients`: match the staged rows and count what would become of them."""

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.matching.match import match
from assets.stage_runs import Figures, Stage
from assets.staging_database import open_staging, scalar


def match_import(registry: Connection, work: AttemptWork) -> Figures:
    """Match the import's staged rows against the registry; nothing is written there."""
    with open_staging(work) as connection:
        match(connection, registry, work)
        registry.rollback()
        outcomes = connection.execute(
            "SELECT outcome, count(*) FROM outcome GROUP BY outcome"
        ).fetchall()
        return {
            "rows": sum(count for _, count in outcomes),
            **{f"to be {outcome}": count for outcome, count in outcomes},
            "pairs for review": scalar(connection, "SELECT count(*) FROM review_pair"),
        }


MATCH = Stage("matched_patients", match_import)
