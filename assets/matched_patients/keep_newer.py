"""Old never beats new: what a newer file carried, or a person set since, is not overwritten.

Table out (temporary): `kept(line, field, item, attribute, source)` of what a row brought and was
refused; it is taken out of `brought`. What was carried for somebody who was merged is told of the
one who stays; undo, merge and split tell nothing themselves.
"""

from datetime import datetime
from uuid import UUID

import duckdb
import polars as pl
from psycopg import Connection

from assets.staging_database import create_table, scalar
from registry.database.bulk_copy import copy_out
from registry.patients.effective_changes import IS_EFFECTIVE, IS_NO_DECISION


def keep_newer(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    import_id: UUID,
    received_at: datetime,
) -> None:
    """Create `kept`, and leave in `brought` what may be written."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kept"
        " (line INTEGER, field VARCHAR, item VARCHAR, attribute VARCHAR, source VARCHAR)"
    )
    _name_former_patients(registry)
    later = _later_imports(registry, import_id, received_at)
    if not later.is_empty():
        _keep_what_files_carried(connection, registry, later)
    _keep_what_people_set(connection, registry, received_at)


def _name_former_patients(registry: Connection) -> None:
    """`former_patient(patient, patient_id)`: whoever was merged into a touched patient."""
    registry.execute(
        """
        CREATE TEMPORARY TABLE former_patient ON COMMIT DROP AS
        WITH RECURSIVE former AS (
            SELECT t.patient, r.patient_id FROM touched_patient t
            JOIN review r ON r.other_patient_id = t.patient_id AND r.state = 'same'
            UNION ALL
            SELECT f.patient, r.patient_id FROM former f
            JOIN review r ON r.other_patient_id = f.patient_id AND r.state = 'same'
        )
        TABLE former
        """
    )
    registry.execute("ANALYZE former_patient")


_TOLD_PATIENT = "(TABLE touched_patient UNION ALL TABLE former_patient) t"
"""SQL: the touched patients, and those whose files count as theirs."""


def _later_imports(registry: Connection, import_id: UUID, received_at: datetime) -> pl.DataFrame:
    """Imports of the account that were received later, applied, and not undone; mostly none."""
    return copy_out(
        registry,
        "SELECT i.id AS import_id, i.partition_key, i.received_at FROM import i"
        " WHERE i.account_id = (SELECT account_id FROM import WHERE id = %(id)s) AND NOT i.dry_run"
        " AND (i.received_at, i.id) > (%(at)s, %(id)s)"
        " AND EXISTS (SELECT 1 FROM attempt a WHERE a.import_id = i.id"
        " AND a.state IN ('applied', 'finished') AND NOT EXISTS (SELECT FROM undone_attempt u"
        " WHERE u.import_id = a.import_id AND u.attempt = a.number))",
        {"id": import_id, "at": received_at},
    ).cast(pl.String)


def _keep_what_files_carried(
    connection: duckdb.DuckDBPyConnection, registry: Connection, later: pl.DataFrame
) -> None:
    """What a later-received import carried is not overwritten.

    Carried, not only changed: a newer file that confirmed a value has as much say as one that
    set it. Items of lists have no bit in `confirmed`: those that a newer file took out stay out,
    and those that it told of stay where this one clears the list.
    """
    create_table(connection, "later_import", later)
    _fetch_what_later_imports_told(connection, registry, later["import_id"].to_list())
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE outdated AS
        SELECT line, field, item, attribute, value,
            arg_max(partition_key, received_at) AS partition_key, any_value(patient) AS patient
        FROM (
            SELECT b.*, c.import_id FROM brought b
            JOIN carried c ON c.patient::INTEGER = b.patient AND c.confirmed::BIGINT & b.bit <> 0
            UNION ALL
            SELECT b.*, l.import_id FROM brought b
            JOIN listed l ON l.patient::INTEGER = b.patient
                AND l.hash::INTEGER = item_hash(b.field, b.item)
            WHERE b.value IS NULL AND b.bit = 0
            UNION ALL
            SELECT b.*, c.import_id FROM brought b
            JOIN later_change c ON c.patient::INTEGER = b.patient
                AND c.address = fact_address(b.field, b.item, b.attribute)
            WHERE c.is_gone = '1' OR (b.value IS NULL AND b.bit = 0)
        ) JOIN later_import USING (import_id)
        GROUP BY ALL
        """
    )
    connection.execute(
        """
        INSERT INTO kept
        SELECT o.line, o.field, o.item, o.attribute, 'import ' || o.partition_key
        FROM outdated o LEFT JOIN stored_fact s USING (patient, field, item, attribute)
        WHERE o.value IS DISTINCT FROM s.value
        """
    )
    connection.execute(
        "DELETE FROM brought b WHERE EXISTS (SELECT 1 FROM outdated o WHERE o.line = b.line"
        " AND o.field = b.field AND o.item = b.item AND o.attribute = b.attribute)"
    )


def _fetch_what_later_imports_told(
    connection: duckdb.DuckDBPyConnection, registry: Connection, later: list[str]
) -> None:
    """Create `carried`, `listed` and `later_change` by patient and import.

    Which items of lists they told of is only asked where a list is to be cleared.
    """
    clears_lists = scalar(
        connection, "SELECT count(*) FROM brought WHERE value IS NULL AND bit = 0"
    )
    about = {"later": later, "clears_lists": clears_lists > 0}
    carried = copy_out(
        registry,
        "SELECT t.patient, r.import_id, bit_or(r.confirmed)::text AS confirmed"
        f" FROM {_TOLD_PATIENT} JOIN import_row r USING (patient_id)"
        f" WHERE r.import_id = ANY(%(later)s::uuid[]) AND {IS_EFFECTIVE.format('r')}"
        " GROUP BY t.patient, r.import_id",
        about,
    )
    listed = copy_out(
        registry,
        "SELECT DISTINCT t.patient, r.import_id, hash"
        f" FROM {_TOLD_PATIENT} JOIN import_row r USING (patient_id),"
        " unnest(r.confirmed_items) hash"
        " WHERE %(clears_lists)s AND r.import_id = ANY(%(later)s::uuid[])"
        f" AND {IS_EFFECTIVE.format('r')}",
        about,
    )
    changed = copy_out(
        registry,
        "SELECT t.patient, c.import_id, e.key AS address, (e.value ->> 1 IS NULL)::int AS is_gone"
        f" FROM {_TOLD_PATIENT} JOIN patient_change c USING (patient_id),"
        " LATERAL json_each(c.changes) e WHERE c.import_id = ANY(%(later)s::uuid[])"
        f" AND {IS_EFFECTIVE.format('c')} AND (e.value ->> 1 IS NULL OR %(clears_lists)s)",
        about,
    )
    create_table(connection, "carried", carried.cast(pl.String))
    create_table(connection, "listed", listed.cast(pl.String))
    create_table(connection, "later_change", changed.cast(pl.String))


def _keep_what_people_set(
    connection: duckdb.DuckDBPyConnection, registry: Connection, received_at: datetime
) -> None:
    """What a person set since the file was received is not overwritten either."""
    by_person = copy_out(
        registry,
        "SELECT t.patient, e.key AS address"
        f" FROM {_TOLD_PATIENT} JOIN patient_change c USING (patient_id),"
        " LATERAL json_each(c.changes) e WHERE c.attempt = 0 AND c.received_at > %s"
        f" AND {IS_NO_DECISION.format('c')}",
        (received_at,),
    )
    if by_person.is_empty():
        return
    create_table(connection, "by_person", by_person.cast(pl.String))
    is_set = (
        "EXISTS (SELECT 1 FROM by_person p WHERE p.patient::INTEGER = b.patient"
        " AND p.address = fact_address(b.field, b.item, b.attribute))"
    )
    connection.execute(
        f"""
        INSERT INTO kept
        SELECT b.line, b.field, b.item, b.attribute, 'a person'
        FROM brought b LEFT JOIN stored_fact s USING (patient, field, item, attribute)
        WHERE {is_set} AND b.value IS DISTINCT FROM s.value
        """
    )
    connection.execute(f"DELETE FROM brought b WHERE {is_set}")
