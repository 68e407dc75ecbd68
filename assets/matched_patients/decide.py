"""What each row changes: outcomes, changes, and the state of every patient that is touched.

Nothing is written to the registry here. Dry run and real import share every line of this, so
they cannot differ. Tables out (temporary): `outcome(line, outcome, patient_id, confirmed)`,
`change(patient_id, line, changes)`, `final_fact(patient_id, field, item, attribute, value,
place)` for every item with a change, scalars counting as one, `row_notice(line, code, severity, message)`, and
`review_pair(patient_id, other_patient_id, reason, line)`.
"""

from datetime import datetime
from uuid import UUID

import duckdb
import polars as pl
from psycopg import Connection

from assets.staging import create_table
from registry.bulk import copy_out
from schemas.canonical import CONFIRMABLE
from schemas.formats import Format


def decide(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    import_id: UUID,
    received_at: datetime,
) -> None:
    """Work out outcomes, changes, notices and review pairs from `fact` and `assigned`."""
    _prepare_confirmable(connection)
    _keep_newer(connection, registry, import_id, received_at)
    _find_changes(connection)
    _find_outcomes(connection)
    _find_pairs(connection)
    _write_notices(connection, file_format)


def _prepare_confirmable(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [(*address, bit) for bit, address in enumerate(CONFIRMABLE)]
    names = ["field", "item", "attribute", "bit"]
    create_table(connection, "confirmable", pl.DataFrame(rows, schema=names, orient="row"))


def _keep_newer(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    import_id: UUID,
    received_at: datetime,
) -> None:
    """Old never beats new: what a later-received import carried is not overwritten.

    Carried, not only changed: a newer file that confirmed a value has as much say as one that
    set it. Imports in order of receipt, the usual case, stop at the first query.
    """
    later = copy_out(
        registry,
        "SELECT i.id AS import_id, i.partition_key, i.received_at FROM import i"
        " WHERE i.account_id = (SELECT account_id FROM import WHERE id = %(id)s) AND NOT i.dry_run"
        " AND (i.received_at, i.id) > (%(at)s, %(id)s)"
        " AND EXISTS (SELECT 1 FROM attempt a WHERE a.import_id = i.id"
        " AND a.state IN ('applied', 'finished'))",
        {"id": import_id, "at": received_at},
    )
    create_table(connection, "later_import", later.cast(pl.String))
    carried = pl.DataFrame(schema=dict.fromkeys(("patient_id", "import_id", "confirmed"), pl.String))
    if not later.is_empty():
        carried = copy_out(
            registry,
            "SELECT t.patient_id, r.import_id, bit_or(r.confirmed)::text AS confirmed"
            " FROM touched_patient t JOIN import_row r USING (patient_id)"
            " WHERE r.import_id = ANY(%s::uuid[]) GROUP BY t.patient_id, r.import_id",
            (later["import_id"].to_list(),),
        )
    create_table(connection, "carried", carried.cast(pl.String))
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE newer AS
        SELECT c.patient_id, field, item, attribute,
            arg_max(l.partition_key, l.received_at) AS partition_key
        FROM carried c JOIN later_import l USING (import_id)
        JOIN confirmable b ON (c.confirmed::BIGINT >> b.bit) & 1 = 1
        GROUP BY ALL
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE kept AS
        SELECT f.line, f.patient_id, field, item, attribute, n.partition_key,
            f.value IS DISTINCT FROM s.value AS differs
        FROM fact f JOIN newer n USING (patient_id, field, item, attribute)
        LEFT JOIN stored_fact s USING (patient_id, field, item, attribute)
        WHERE f.line > 0
        """
    )
    connection.execute(
        "DELETE FROM fact f WHERE line > 0 AND EXISTS (SELECT 1 FROM kept k"
        " WHERE k.line = f.line AND k.field = f.field AND k.item = f.item"
        " AND k.attribute = f.attribute)"
    )


def _find_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """A fact changes something when it differs from the one before it at the same address."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE changed_fact AS
        SELECT * FROM (
            SELECT *, lag(value) OVER address AS old,
                row_number() OVER (address ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS nth
            FROM fact
            WINDOW address AS (PARTITION BY patient_id, field, item, attribute ORDER BY line)
        ) WHERE line > 0 AND value IS DISTINCT FROM old
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE change AS
        SELECT patient_id, line,
            json_group_object(
                concat_ws('/', field, nullif(item, ''), nullif(attribute, '')), [old, value]
            )::VARCHAR AS changes
        FROM (FROM changed_fact ORDER BY patient_id, line, field, item, attribute)
        GROUP BY patient_id, line
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE final_fact AS
        SELECT patient_id, field, item, attribute, arg_max_null(value, line) AS value,
            min(place) AS place
        FROM (SELECT *, CASE WHEN attribute = '' THEN '' ELSE field END AS part FROM fact)
        SEMI JOIN (
            SELECT DISTINCT patient_id, item, CASE WHEN attribute = '' THEN '' ELSE field END AS part
            FROM changed_fact
        ) USING (patient_id, part, item)
        GROUP BY patient_id, field, item, attribute
        """
    )


def _find_outcomes(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE outcome AS
        SELECT s.line,
            CASE
                WHEN a.line IS NULL THEN 'errored'
                WHEN a.root = a.line THEN 'created'
                WHEN c.line IS NOT NULL THEN 'updated'
                ELSE 'unchanged'
            END AS outcome,
            a.patient_id, coalesce(b.confirmed, 0) AS confirmed
        FROM staged s
        LEFT JOIN assigned a USING (line)
        LEFT JOIN change c USING (line)
        LEFT JOIN (
            SELECT line, bit_or(1::BIGINT << bit) AS confirmed
            FROM brought JOIN confirmable USING (field, item, attribute) GROUP BY line
        ) b USING (line)
        """
    )


def _find_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Pairs that a person must judge: new patients who resemble another one."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE review_pair AS
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
            GROUP BY line HAVING count(*) = 3""",
        "no_new_information": """
            SELECT line, 9, 'no_new_information', 'info', 'No new information.'
            FROM outcome WHERE outcome = 'unchanged'""",
    }
    selects = [text for code, text in optional.items() if code in file_format.notices]
    always = """
        SELECT line, 1 AS place, 'identifier_conflict' AS code, 'error' AS severity,
            'the identifiers of this row belong to two different patients, ' || patient_id
            || ' and ' || other_patient_id || '; nothing was changed' AS message
        FROM conflict
        UNION ALL
        SELECT a.line, 2, 'ambiguous_match', 'warning',
            s.hits || ' patients match this row; the oldest was taken'
        FROM assigned a JOIN stored_choice s USING (line, tier) WHERE s.hits > 1
        UNION ALL
        SELECT k.line, 5, 'kept_newer_value', 'info',
            concat_ws('/', field, nullif(item, ''), nullif(attribute, ''))
            || ': kept newer value from import ' || partition_key
        FROM kept k WHERE differs
        UNION ALL
        SELECT line, 6, 'in_review', 'info',
            'may be the same person as patient ' || other_patient_id
            || '; a person will judge (' || replace(reason, '_', ' ') || ')'
        FROM review_pair
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE row_notice AS "
        "SELECT line, code, severity, message, "
        "row_number() OVER (PARTITION BY line ORDER BY place, message) AS place "
        f"FROM ({' UNION ALL '.join([always, *selects])})"
    )
