"""What became of each row, and which values it spoke of, in table `outcome`.

`confirmed` has a bit for every single field that the row carried, changed or not;
`confirmed_items` a hash for every item of a list. Later questions rest on them: may an older file
overwrite this, and does a value stay when the import that brought it is undone?
"""

import duckdb

from assets.matched_patients.facts import is_constant
from schemas.formats import Format


def find_outcomes(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `outcome` from `staged`, `row_patient`, `brought` and `changed_fact`."""
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE outcome AS
        SELECT s.line,
            CASE
                WHEN r.line IS NULL THEN 'errored'
                WHEN r.patient = r.line THEN 'created'
                WHEN c.line IS NOT NULL THEN 'updated'
                ELSE 'unchanged'
            END AS outcome,
            r.patient, coalesce(b.confirmed, 0) AS confirmed, i.confirmed_items
        FROM staged s
        LEFT JOIN row_patient r USING (line)
        LEFT JOIN (SELECT DISTINCT line FROM changed_fact) c USING (line)
        LEFT JOIN (
            SELECT line, bit_or(bit) AS confirmed FROM brought GROUP BY line
        ) b USING (line)
        LEFT JOIN (
            SELECT line, '{{' || array_to_string(list_sort(list_distinct(list(hash))), ',') || '}}'
                AS confirmed_items
            FROM (SELECT line, item_hash(field, item) AS hash FROM ({_repeated(file_format)}))
            GROUP BY line
        ) i USING (line)
        """
    )


def _repeated(file_format: Format) -> str:
    """SELECT of (line, field, item): items of lists that rows of stored patients brought.

    A list that was cleared counts as an item without a key: undo asks what later rows spoke of.
    """
    brought = (
        "SELECT line, field::VARCHAR AS field, item FROM brought"
        " WHERE bit = 0 AND value IS NOT NULL AND NOT is_new"
    )
    cleared = [
        f"SELECT line, '{fact.field}', '' FROM staged JOIN row_patient USING (line)"
        f" WHERE NOT is_new AND list_contains(clears, '{fact.slot}')"
        for fact in file_format.facts
        if file_format.clear_marker and fact.item != "''" and not is_constant(fact.item)
    ]
    return " UNION ALL ".join([brought, *cleared])
