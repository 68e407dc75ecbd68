"""Which patient each row is: stored ones first, then earlier rows of the same file.

The outcome is that of going through the file row by row, each row seeing what the rows before
it did; the property test holds it against exactly that. Here it is set-based: every key points
to the stored patient who has it, else to the first row of the file that brings it. Rows found
in conflict, or vetoed by an identifier that an earlier row brought, are set aside and the rest
is worked out again, until nothing changes; a file without such rows takes one pass.

Tables out (temporary): `assigned(line, tier, patient_id, root)`, where `root` is the line that
creates the patient, 0 for stored ones; `conflict(line, patient_id, other_patient_id)`;
`alone(line, patient_id)` for rows that became a new patient because of a veto; `several(line)`
for rows that more than one patient would have fitted.
"""

import duckdb

from assets.matched_patients.keys import demographic_tier, identifier_tiers
from assets.staging import scalar
from schemas.formats import Format


def resolve(connection: duckdb.DuckDBPyConnection, file_format: Format, new_id: str) -> None:
    """Create the tables above. `new_id` is the SQL of a new patient's id, over `line`."""
    demographic = demographic_tier(file_format)
    last_tier = -1 if demographic is None else demographic[0]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE conflict"
        " (line INTEGER, patient_id VARCHAR, other_patient_id VARCHAR)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE alone (line INTEGER, patient_id VARCHAR)")
    _choose_stored(connection)
    while True:
        _link(connection, last_tier)
        _assign(connection, new_id)
        _find_conflicts(connection, file_format)
        _find_vetoes(connection, file_format, last_tier)
        if not _set_aside(connection):
            return


def _choose_stored(connection: duckdb.DuckDBPyConnection) -> None:
    """Of several stored patients the oldest; ids are in order of creation."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE stored_choice AS
        SELECT line, tier, min(patient_id) AS patient_id, count(DISTINCT patient_id) AS hits
        FROM stored_hit GROUP BY line, tier
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE repeated_key AS
        FROM row_key SEMI JOIN (
            SELECT tier, value FROM row_key GROUP BY tier, value HAVING count(*) > 1
        ) USING (tier, value)
        """
    )


def _link(connection: duckdb.DuckDBPyConnection, demographic: int) -> None:
    """`reference`: what each tier of a row points to; `link`: the tier that decides."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE reference AS
        WITH claim AS (
            SELECT tier, value, min(line) AS claimer FROM repeated_key
            ANTI JOIN conflict USING (line) GROUP BY tier, value
        ), earlier AS (
            SELECT line, tier, min(claimer) AS parent
            FROM repeated_key JOIN claim USING (tier, value)
            WHERE claimer < line GROUP BY line, tier
        )
        SELECT line, tier, s.patient_id, CASE WHEN s.line IS NULL THEN parent END AS parent
        FROM stored_choice s FULL JOIN earlier e USING (line, tier)
        WHERE NOT (tier = {demographic} AND line IN (SELECT line FROM alone))
            AND line NOT IN (SELECT line FROM conflict)
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE link AS
        FROM reference QUALIFY row_number() OVER (PARTITION BY line ORDER BY tier) = 1
        """
    )


def _assign(connection: duckdb.DuckDBPyConnection, new_id: str) -> None:
    """Follow each row's link to the stored patient or to the row that creates the patient."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE assigned AS
        WITH RECURSIVE found AS (
            SELECT p.line, l.tier, coalesce(l.patient_id, {new_id}) AS patient_id,
                CASE WHEN l.line IS NULL THEN p.line ELSE 0 END AS root
            FROM (FROM person ANTI JOIN conflict USING (line)) p
            LEFT JOIN link l USING (line) WHERE l.parent IS NULL
            UNION ALL
            SELECT l.line, l.tier, f.patient_id, f.root
            FROM link l JOIN found f ON f.line = l.parent
        )
        FROM found
        """
    )


def _find_conflicts(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Rows whose identifiers belong to two different patients."""
    tiers = list(identifier_tiers(file_format))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE found_conflict AS
        SELECT r.line, min(coalesce(r.patient_id, a.patient_id)) AS patient_id,
            max(coalesce(r.patient_id, a.patient_id)) AS other_patient_id
        FROM reference r LEFT JOIN assigned a ON a.line = r.parent
        WHERE list_contains({tiers}::INTEGER[], r.tier)
        GROUP BY r.line
        HAVING min(coalesce(r.patient_id, a.patient_id))
            <> max(coalesce(r.patient_id, a.patient_id))
        """
    )


def _find_vetoes(
    connection: duckdb.DuckDBPyConnection, file_format: Format, demographic: int
) -> None:
    """Rows matched by name that bring an identifier where their patient already has another.

    That a row came as far as the names means that nobody holds its identifier, so any identifier
    of that system which the patient holds, stored or from an earlier row, is a different one.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE found_veto"
        " (line INTEGER, patient_id VARCHAR, evidence INTEGER)"
    )
    match = demographic_tier(file_format)
    for tier, identifier in identifier_tiers(file_format).items():
        if match is None or identifier.system not in match[1].vetoed_by:
            continue
        connection.execute(
            f"""
            INSERT INTO found_veto
            WITH bringer AS (
                SELECT a.patient_id, a.line, a.tier FROM assigned a
                JOIN row_key k ON k.line = a.line AND k.tier = {tier}
            ), holder AS (
                SELECT patient_id, 0 AS line FROM stored_identifier
                WHERE system = '{identifier.system}'
                UNION ALL SELECT patient_id, line FROM bringer
            )
            SELECT b.line, b.patient_id, min(h.line)
            FROM bringer b JOIN holder h ON h.patient_id = b.patient_id AND h.line < b.line
            WHERE b.tier = {demographic} GROUP BY b.line, b.patient_id
            """
        )


def _set_aside(connection: duckdb.DuckDBPyConnection) -> bool:
    """Move those findings to `conflict` and `alone` that rest on no other finding.

    The others may have been caused by these and are looked at again.
    """
    if scalar(connection, "SELECT (SELECT count(*) FROM found_conflict)"
                          " + (SELECT count(*) FROM found_veto)") == 0:  # fmt: skip
        return False
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE first_conflict AS
        SELECT patient_id, min(line) AS line FROM (
            SELECT patient_id, line FROM found_conflict
            UNION ALL SELECT other_patient_id, line FROM found_conflict
        ) GROUP BY patient_id
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE settled_veto AS
        SELECT DISTINCT v.line, v.patient_id FROM found_veto v
        LEFT JOIN first_conflict c USING (patient_id)
        WHERE coalesce(c.line > v.line, true)
            AND v.evidence NOT IN (SELECT line FROM found_veto)
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE settled_conflict AS
        SELECT f.* FROM found_conflict f
        JOIN first_conflict a ON a.patient_id = f.patient_id AND a.line = f.line
        JOIN first_conflict b ON b.patient_id = f.other_patient_id AND b.line = f.line
        WHERE NOT EXISTS (
            SELECT 1 FROM found_veto v WHERE v.line < f.line
            AND v.patient_id IN (f.patient_id, f.other_patient_id))
        """
    )
    connection.execute("INSERT INTO alone SELECT line, patient_id FROM settled_veto")
    connection.execute("INSERT INTO conflict FROM settled_conflict")
    return True
