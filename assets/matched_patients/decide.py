"""What each row changes: outcomes, changes, and the state of every patient that is touched.

Nothing is written to the registry here. Dry run and real import share every line of this, so
they cannot differ. Tables out, all kept in the import's file: `outcome(line, outcome, patient,
confirmed, confirmed_items)`, `change(patient, line, changes)`, `final_fact(patient, field, item,
attribute, value, place)` with every item that has a change (the scalars of a patient count as one
item), `row_notice(line, place, code, severity, message)` and `review_pair(patient_id,
other_patient_id, reason, line)`.
"""

from datetime import datetime
from uuid import UUID

import duckdb
import polars as pl
from psycopg import Connection

from assets.matched_patients.outcomes import find_outcomes
from assets.staging import create_table
from registry.bulk import copy_out
from registry.standing import IS_NO_UNDO, STANDS
from schemas.formats import Format
from schemas.issues import KEPT_NEWER


def decide(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    import_id: UUID,
    received_at: datetime,
) -> None:
    """Work out outcomes, changes, notices and review pairs from `brought` and `row_patient`."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kept"
        " (line INTEGER, field VARCHAR, item VARCHAR, attribute VARCHAR, source VARCHAR)"
    )
    later = _later_imports(registry, import_id, received_at)
    if not later.is_empty():
        _keep_newer(connection, registry, later)
    _keep_what_people_set(connection, registry, received_at)
    _find_changes(connection)
    _find_final_facts(connection)
    find_outcomes(connection, file_format)
    _find_pairs(connection)
    _write_notices(connection, file_format)


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


def _keep_newer(
    connection: duckdb.DuckDBPyConnection, registry: Connection, later: pl.DataFrame
) -> None:
    """Old never beats new: what a later-received import carried is not overwritten.

    Carried, not only changed: a newer file that confirmed a value has as much say as one that
    set it. Items of lists have no bit in `confirmed`; those that a newer file took out stay out.
    """
    carried = copy_out(
        registry,
        "SELECT t.patient, r.import_id, bit_or(r.confirmed)::text AS confirmed"
        " FROM touched_patient t JOIN import_row r USING (patient_id)"
        f" WHERE r.import_id = ANY(%s::uuid[]) AND {STANDS.format('r')}"
        " GROUP BY t.patient, r.import_id",
        (later["import_id"].to_list(),),
    )
    removed = copy_out(
        registry,
        "SELECT t.patient, c.import_id, e.key AS address"
        " FROM touched_patient t JOIN patient_change c USING (patient_id),"
        " LATERAL json_each(c.changes) e WHERE c.import_id = ANY(%s::uuid[])"
        f" AND {STANDS.format('c')} AND e.value ->> 1 IS NULL",
        (later["import_id"].to_list(),),
    )
    create_table(connection, "later_import", later)
    create_table(connection, "carried", carried.cast(pl.String))
    create_table(connection, "removed", removed.cast(pl.String))
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE outdated AS
        SELECT line, field, item, attribute, value,
            arg_max(partition_key, received_at) AS partition_key, any_value(patient) AS patient
        FROM (
            SELECT b.*, c.import_id FROM brought b
            JOIN carried c ON c.patient::INTEGER = b.patient AND c.confirmed::BIGINT & b.bit <> 0
            UNION ALL
            SELECT b.*, r.import_id FROM brought b
            JOIN removed r ON r.patient::INTEGER = b.patient
                AND r.address = fact_address(b.field, b.item, b.attribute)
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


def _keep_what_people_set(
    connection: duckdb.DuckDBPyConnection, registry: Connection, received_at: datetime
) -> None:
    """What a person set since the file was received is not overwritten either."""
    by_person = copy_out(
        registry,
        "SELECT t.patient, e.key AS address"
        " FROM touched_patient t JOIN patient_change c USING (patient_id),"
        " LATERAL json_each(c.changes) e WHERE c.attempt = 0 AND c.received_at > %s"
        f" AND {IS_NO_UNDO.format('c')}",
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


def _find_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """A fact changes something when it differs from the one before it at the same address.

    All facts of a lone new row do and need no work; a lone row of a stored patient is held against
    what is stored; only where a file has several rows of one patient must their order be followed.
    """
    connection.execute(
        """
        CREATE OR REPLACE TABLE changed_fact AS
        SELECT b.line, patient, field, item, attribute, s.value AS old, b.value
        FROM brought b LEFT JOIN stored_fact s USING (patient, field, item, attribute)
        WHERE b.is_lone AND NOT b.is_new AND b.value IS DISTINCT FROM s.value
        UNION ALL
        SELECT line, patient, field, item, attribute, old, value FROM (
            SELECT *, lag(value) OVER (
                PARTITION BY patient, field, item, attribute ORDER BY line) AS old
            FROM (
                SELECT line, patient, field, item, attribute, value FROM brought
                WHERE NOT is_lone
                UNION ALL
                SELECT 0, patient, field, item, attribute, value
                FROM stored_fact JOIN who USING (patient) WHERE NOT is_lone
            )
        ) WHERE line > 0 AND value IS DISTINCT FROM old
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE VIEW change AS
        SELECT patient, line,
            json_group_object(
                concat_ws('/', field::VARCHAR, nullif(item, ''), nullif(attribute::VARCHAR, '')),
                [old, value])::VARCHAR AS changes
        FROM (
            SELECT line, patient, field, item, attribute, NULL::VARCHAR AS old, value
            FROM brought WHERE is_lone AND is_new AND value IS NOT NULL
            UNION ALL FROM changed_fact
        ) GROUP BY patient, line
        """
    )


def _find_final_facts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TABLE followed_fact AS
        SELECT patient, field, item, attribute, arg_max_null(value, line) AS value,
            min(place) AS place
        FROM (
            SELECT line, patient, field, item, attribute, value, place FROM brought
            WHERE NOT (is_lone AND is_new)
            UNION ALL SELECT 0, patient, field, item, attribute, value, 0 FROM stored_fact
        ) f
        SEMI JOIN changed_fact c ON c.patient = f.patient AND c.item = f.item
            AND CASE WHEN f.attribute = '' THEN c.attribute = '' ELSE c.field = f.field END
        GROUP BY patient, field, item, attribute
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE VIEW final_fact AS
        SELECT patient, field, item, attribute, value, place
        FROM brought WHERE is_lone AND is_new AND value IS NOT NULL
        UNION ALL FROM followed_fact
        """
    )


def _find_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Pairs that a person must judge: new patients who resemble another one."""
    connection.execute(
        """
        CREATE OR REPLACE TABLE review_pair AS
        WITH made AS (SELECT line, patient_id FROM assigned WHERE root = line),
        pair AS (
            SELECT m.patient_id, v.patient_id AS other, 'identifier_differs' AS reason, m.line
            FROM made m JOIN (FROM vetoed_hit UNION ALL FROM alone) v USING (line)
            UNION ALL
            SELECT m.patient_id, s.patient_id, 'same_name_and_birth', m.line
            FROM made m JOIN lookalike s USING (line) WHERE s.person = s.stored_person
            UNION ALL
            SELECT m.patient_id, f.patient_id, 'same_name_and_birth', m.line
            FROM made m JOIN person p USING (line)
            JOIN (
                SELECT person, arg_min(patient_id, line) AS patient_id, min(line) AS line
                FROM made JOIN person USING (line) GROUP BY person
            ) f ON f.person = p.person AND f.line < m.line
        )
        SELECT patient_id, other AS other_patient_id, min(reason) AS reason, min(line) AS line
        FROM pair WHERE patient_id <> other GROUP BY patient_id, other
        """
    )


def _write_notices(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Issues that only matching can find; their order is that of reading."""
    optional = {
        "duplicate_in_file": """
            SELECT a.line, 3 AS place, 'duplicate_in_file' AS code, 'info' AS severity,
                'the same ' || 'patient was first seen on line ' || first.line AS message
            FROM assigned a JOIN (
                SELECT patient_id, min(line) AS line FROM assigned GROUP BY patient_id
            ) first USING (patient_id) WHERE first.line < a.line""",
        "identity_changed": """
            SELECT line, 4, 'identity_changed', 'warning',
                'first name, last name and year of birth all differ from what was stored under '
                || 'this key; check that the key was not given to another person'
            FROM changed_fact WHERE old IS NOT NULL
                AND field IN ('first_name', 'last_name', 'birth_year')
                AND fold(old) <> fold(value)
            GROUP BY line HAVING count(*) = 3""",
        "no_new_information": """
            SELECT line, 9, 'no_new_information', 'info', 'No new information.'
            FROM outcome WHERE outcome = 'unchanged'""",
    }
    selects = [text for code, text in optional.items() if code in file_format.notices]
    always = f"""
        SELECT line, 1 AS place, 'identifier_conflict' AS code, 'error' AS severity,
            'the identifiers of this row belong to two different patients, ' || patient_id
            || ' and ' || other_patient_id || '; nothing was changed' AS message
        FROM conflict
        UNION ALL
        SELECT line, 2, 'ambiguous_match', 'warning',
            hits || ' patients match this row; the oldest was taken'
        FROM several
        UNION ALL
        SELECT line, 5, 'kept_newer_value', 'info',
            fact_address(field, item, attribute) || '{KEPT_NEWER}' || source
        FROM kept
        UNION ALL
        SELECT line, 6, 'in_review', 'info',
            'may be the same person as patient ' || other_patient_id
            || '; a person will judge (' || replace(reason, '_', ' ') || ')'
        FROM review_pair
    """
    connection.execute(
        "CREATE OR REPLACE TABLE row_notice AS "
        "SELECT line, code, severity, message, "
        "row_number() OVER (PARTITION BY line ORDER BY place, message) AS place "
        f"FROM ({' UNION ALL '.join([always, *selects])})"
    )
