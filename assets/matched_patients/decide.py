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
from psycopg import Connection

from assets.matched_patients.keep_newer import keep_newer
from assets.matched_patients.outcomes import find_outcomes
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
    keep_newer(connection, registry, import_id, received_at)
    _find_changes(connection)
    _find_final_facts(connection)
    find_outcomes(connection, file_format)
    _find_pairs(connection)
    _write_notices(connection, file_format)


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
