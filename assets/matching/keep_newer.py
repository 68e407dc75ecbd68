"""Old never beats new: what a newer file carried, or a person set since, is not overwritten.

Tables in: `brought`, `stored_fact`. Tables out (temporary): `kept_value(line, field, item,
attribute, source)`, the values that a row brought and that were refused; they are taken out of
`brought`. `outdated_value` has those that a newer file refused, and those that it said as
well; `set_by_person(patient, address)` those that a person set since; `corrected_value` values
that meet a correction which stands. What was asserted of a patient who
was merged counts for the surviving patient. Undo, merge and split assert nothing themselves.

Example: Monday's file is imported on Wednesday and says that a patient lives in Rome. Tuesday's
file said Oslo, so Oslo stays, and `kept_value` gets
`(2, address, home, city, 'import 2026-11-24_clinic_…')`.
"""

from datetime import datetime
from uuid import UUID

import duckdb
import polars as pl
from psycopg import Connection

from assets.staging_database import create_table, create_table_in_batches, scalar
from assets.steps import StepFiles, run_steps
from registry.database.bulk_copy import copy_out, copy_out_in_batches
from registry.database.statements import Statements
from registry.patients.effective_changes import IS_ASSERTED, IS_EFFECTIVE
from registry.patients.last_asserted import item_hash
from schemas.canonical import PARTS

_STEPS = StepFiles(__file__)
_SQL = Statements(__file__)


def keep_newer(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    later: pl.DataFrame,
    ordered_at: datetime,
) -> None:
    """Create `kept_value`, and leave in `brought` what may be written."""
    run_steps(
        connection,
        _STEPS["make_kept_values"],
        _STEPS["make_outdated_values"],
        _STEPS["make_corrected_values"],
    )
    _find_former_patients(registry)
    if not later.is_empty():
        _keep_what_files_carried(connection, registry, later)
    _keep_what_people_set(connection, registry, ordered_at)


def find_later_imports(registry: Connection, import_id: UUID, ordered_at: datetime) -> pl.DataFrame:
    """The account's imports that were received after this one and are in effect."""
    return copy_out(
        registry,
        _SQL["fetch_later_imports"],
        {"import_id": import_id, "ordered_at": ordered_at},
    )


def _find_former_patients(registry: Connection) -> None:
    """`former_patient(patient, patient_id)`: patients who were merged into a touched patient."""
    registry.execute(
        "CREATE TEMPORARY TABLE former_patient (patient int, patient_id uuid) ON COMMIT DROP"
    )
    registry.execute(_SQL["fill_former_patients"].encode())
    registry.execute("ANALYZE former_patient")


def _keep_what_files_carried(
    connection: duckdb.DuckDBPyConnection, registry: Connection, later: pl.DataFrame
) -> None:
    """What a later-received import carried is not overwritten.

    Carried, not only changed: a newer file that confirmed a value counts as much as one that set
    it. Items of lists have no bit in `confirmed`: those that a newer file took out stay out, as do
    all of a list that it cleared, and those that it named stay where this file clears the list.
    """
    create_table(connection, "later_import", later)
    _fetch_what_later_imports_carried(connection, registry, later["import_id"].to_list())
    run_steps(
        connection,
        _STEPS["find_outdated_values"],
        _STEPS["note_values_kept_for_imports"],
        _STEPS["drop_outdated_values"],
    )


def _fetch_what_later_imports_carried(
    connection: duckdb.DuckDBPyConnection, registry: Connection, later: list[str]
) -> None:
    """Create `later_field`, `later_item` and `later_change`, by patient and import.

    Which items of lists they named is only asked where a list is to be cleared; which lists they
    cleared, always.
    """
    lists_to_clear = scalar(
        connection, "SELECT count(*) FROM brought WHERE value IS NULL AND bit = 0"
    )
    about = {
        "later": later,
        "clears_lists": lists_to_clear > 0,
        "cleared_lists": [item_hash(f"{part.name}//") for part in PARTS],
    }
    for table, query, changed in (
        ("later_field", "fetch_fields_of_later_imports", "import_row"),
        ("later_item", "fetch_items_of_later_imports", "import_row"),
        ("later_change", "fetch_changes_of_later_imports", "patient_change"),
    ):
        found = copy_out_in_batches(
            registry, _SQL[query].format(is_effective=IS_EFFECTIVE.format(changed)), about
        )
        create_table_in_batches(connection, table, found)


def _keep_what_people_set(
    connection: duckdb.DuckDBPyConnection, registry: Connection, ordered_at: datetime
) -> None:
    """What a person set since the file was received is not overwritten either.

    Nor is a correction from before it, as long as the file brings what the person replaced:

        home phone A, corrected to B   file: A   → B stays, and the row says so
                                       file: C   → C, and the row says that B was a correction
    """
    is_asserted = IS_ASSERTED.format("patient_change")
    by_person = copy_out(
        registry,
        _SQL["fetch_values_set_by_people"].format(is_asserted=is_asserted),
        {"ordered_at": ordered_at},
    )
    create_table(connection, "by_person", by_person)
    run_steps(connection, _STEPS["list_set_by_person"])
    if not by_person.is_empty():
        run_steps(
            connection,
            _STEPS["note_values_kept_for_people"],
            _STEPS["drop_values_set_by_people"],
            _STEPS["find_corrected_values"],
            _STEPS["keep_corrected_values"],
            _STEPS["note_corrected_values"],
            _STEPS["drop_corrected_values"],
        )
