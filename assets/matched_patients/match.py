"""Stage `matched_patients`: match the staged rows and count what would become of them."""

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.matched_patients.hold import why_hold
from assets.matching.field_counts import kept_values, values_that_change
from assets.matching.match import match
from assets.stage_runs import Figures, Stage
from assets.staging_database import open_staging, scalar


def match_import(registry: Connection, work: AttemptWork) -> Figures:
    """Match the import's staged rows against the registry; nothing is written there."""
    with open_staging(work) as connection:
        match(connection, registry, work)
        held = why_hold(connection, registry, work)
        registry.rollback()
        outcomes = connection.execute(
            "SELECT outcome, count(*) FROM outcome GROUP BY outcome"
        ).fetchall()
        return {
            "rows": sum(count for _, count in outcomes),
            **{f"to be {outcome}": count for outcome, count in outcomes},
            "pairs for review": scalar(connection, "SELECT count(*) FROM review_pair"),
            **_values(connection),
            **held,
        }


def _values(connection: duckdb.DuckDBPyConnection) -> Figures:
    """How many stored values would change, how many would be kept although the file has others."""
    changed, kept = values_that_change(connection), kept_values(connection)
    fields = sorted(changed.keys() | kept.keys())
    head = ["| field | to change | kept |", "| --- | ---: | ---: |"]
    lines = [f"| {field} | {changed.get(field, 0)} | {kept.get(field, 0)} |" for field in fields]
    return {
        "values to change": sum(changed.values()),
        "values kept": sum(kept.values()),
        **({"values by field": "\n".join([*head, *lines])} if fields else {}),
    }


MATCH = Stage("matched_patients", match_import)
