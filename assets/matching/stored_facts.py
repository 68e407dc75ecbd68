"""The patients of an import under numbers, and the facts that the registry holds of them.

Tables in: `assigned`, `row_digest`, `stored_person`. Tables out: `matched_patient(patient,
patient_id, is_new, is_lone, is_told_again)`, kept in the import's file, gives each patient a
number, so that joins compare integers; `row_patient(line, patient, is_new, is_lone,
is_told_again)` and `stored_fact(patient, field, item, attribute, value)` are temporary.

A new patient's number is the line that creates it; numbers of stored patients are below 0. A *lone*
row is the only one of its patient in the file: most rows are, and need no look at their neighbours.

Example: lines 2 and 4 are stored patient A, line 3 creates patient B. Then `matched_patient` holds
`(-1, A, false, false, false)` and `(3, B, true, true, false)`.
"""

from collections.abc import Iterable

import duckdb
import polars as pl
from psycopg import Connection

from assets.staging_database import create_table, read_in_batches
from assets.steps import StepFiles, run_steps
from registry.database.bulk_copy import copy_in_temporary, copy_out_in_batches
from schemas.canonical import PARTS, SCALARS, Part
from schemas.formats import Format

_STEPS = StepFiles(__file__)


def number_patients(connection: duckdb.DuckDBPyConnection, *, is_newest: bool) -> None:
    """Create `matched_patient` and `row_patient`.

    Only a file that is the account's newest tells patients again: an older one may bring values
    that a newer one took out, though the patient has them.
    """
    fields = [*(scalar.name for scalar in SCALARS), *(part.name for part in PARTS)]
    attributes = ["", *dict.fromkeys(name for part in PARTS for name in part.attributes)]
    for kind, names in (("fact_field", fields), ("fact_attribute", attributes)):
        listed = ", ".join(f"'{name}'" for name in names)
        connection.execute(f"CREATE OR REPLACE TEMP TYPE {kind} AS ENUM ({listed})")
    run_steps(
        connection,
        _STEPS["number_patients"].bind(is_newest=is_newest),
        _STEPS["give_rows_their_patients"],
    )


def fetch_stored(
    connection: duckdb.DuckDBPyConnection, registry: Connection, file_format: Format
) -> None:
    """Create `stored_fact`: what is stored of the patients that rows were assigned to.

    Except of those who are told again, whose values nothing is compared with.
    Of the parts, only those that the format carries: a row changes no other.
    """
    stored = read_in_batches(
        connection,
        "SELECT patient, patient_id::VARCHAR AS patient_id FROM matched_patient"
        " WHERE NOT is_new AND NOT is_told_again",
    )
    types = {"patient": "int", "patient_id": "uuid"}
    count = copy_in_temporary(registry, "touched_patient", types, stored)
    run_steps(connection, _STEPS["make_stored_facts"])
    if not count:
        return
    _add_scalars(connection, registry)
    carried = {fact.field for fact in file_format.facts}
    for part in PARTS:
        if part.name in carried:
            _add_part(connection, registry, part)


def _add_scalars(connection: duckdb.DuckDBPyConnection, registry: Connection) -> None:
    names = [scalar.name for scalar in SCALARS]
    selected = ", ".join(f"{name}::text" for name in names)
    scalars = copy_out_in_batches(
        registry,
        f"SELECT touched_patient.patient, {selected}"
        " FROM touched_patient JOIN patient ON patient.id = touched_patient.patient_id",
    )
    _add_unpivoted(connection, scalars, names, "field, '' AS item, '' AS attribute")


def _add_part(connection: duckdb.DuckDBPyConnection, registry: Connection, part: Part) -> None:
    names = list(part.attributes)
    selected = ", ".join(f"{name}::text" for name in names)
    items = copy_out_in_batches(
        registry,
        f"SELECT patient, item, {selected} FROM touched_patient"
        f" JOIN {part.table} USING (patient_id)",
    )
    _add_unpivoted(connection, items, names, f"'{part.name}', item, field")


def _add_unpivoted(
    connection: duckdb.DuckDBPyConnection,
    batches: Iterable[pl.DataFrame],
    names: list[str],
    address: str,
) -> None:
    """Add a fact for each value of the columns `names`; `address` is the SQL of its address."""
    for stored in batches:
        if stored.is_empty():
            continue
        create_table(connection, "stored_wide", stored)
        connection.execute(
            f"INSERT INTO stored_fact SELECT patient::INTEGER, {address}, value FROM ("
            f"UNPIVOT stored_wide ON {', '.join(names)} INTO NAME field VALUE value)"
        )
