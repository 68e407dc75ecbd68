"""Departments and groups keep the spelling that the account saw first.

Tables out: `unknown_name(field, folded, name)`, kept in the import's file, of those that the
account did not have; and `known_name` of the same columns, temporary, of all.

Example: the account has the department `Cardiology`; rows with `CARDIOLOGY` and `Oncology` are
read as `Cardiology` and `Oncology`, and `unknown_name` gets `(department, oncology, Oncology)`.
"""

import duckdb
from psycopg import Connection

from assets.matching.keys import staged_slots
from assets.staging_database import create_table
from assets.steps import Step, StepFiles, run_steps
from registry.database.bulk_copy import copy_out
from schemas.formats import Format

_STEPS = StepFiles(__file__)


def prepare_vocabulary(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """Create `unknown_name` and `known_name` from `staged` and `row_patient`."""
    stored = copy_out(
        registry,
        "SELECT field, folded, name FROM vocabulary WHERE account_id = %(account_id)s",
        {"account_id": account_id},
    )
    create_table(connection, "stored_name", stored)
    find = _find_unknown_names(file_format, staged_slots(connection))
    run_steps(connection, find, _STEPS["list_known_names"])


def _find_unknown_names(file_format: Format, slots: frozenset[str]) -> Step:
    given = [
        f"SELECT '{fact.field}' AS field, lower({fact.slot}) AS folded, {fact.slot} AS name, line"
        " FROM staged JOIN row_patient USING (line)"
        for fact in file_format.facts
        if fact.vocabulary and fact.slot in slots
    ]
    none = "SELECT '' AS field, '' AS folded, '' AS name, 0 AS line WHERE false"
    names = "\n    UNION ALL\n    ".join(given or [none])
    return _STEPS["find_unknown_names"].fill(given_names=names)
