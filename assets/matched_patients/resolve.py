"""Which patient each row is: stored ones first, then earlier rows of the same file.

The outcome is that of going through the file row by row, each row seeing what the rows before
it brought; the property test holds it against exactly that. Here it is set-based: every key points
to the stored patient who has it, else to the first row of the file that brings it. Where that
leaves a question open (identifiers of two patients, a name vetoed by an identifier, several
patients of this file who fit), the rows that have anything in common with another row are really
gone through one by one (`row_by_row.py`); most files have no such rows, and those that have, few.

Tables out (temporary): `assigned(line, tier, patient_id, root)`, where `root` is the line that
creates the patient, 0 for stored ones; `conflict(line, patient_id, other_patient_id)`;
`alone(line, patient_id)` for rows that became a new patient because of a veto; `several(line,
hits)` for rows that more than one patient would have fitted.
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from assets.matched_patients.keys import demographic_tier, identifier_tiers
from assets.matched_patients.row_by_row import Terms, Verdicts, go_through
from assets.staging_database import create_table, scalar
from schemas.formats import Format


def resolve(connection: duckdb.DuckDBPyConnection, file_format: Format, new_id: str) -> None:
    """Create the tables above. `new_id` is the SQL of a new patient's id, over `p.line`."""
    _choose_stored(connection)
    _link(connection)
    _assign(connection, new_id)
    _find_open_questions(connection, file_format)
    verdicts = Verdicts()
    if scalar(connection, "SELECT count(*) FROM open_question"):
        verdicts = _go_row_by_row(connection, file_format, new_id)
    _keep(connection, verdicts)


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


def _link(connection: duckdb.DuckDBPyConnection) -> None:
    """`reference`: what each tier of a row points to; `link`: the tier that decides."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE earlier AS
        SELECT DISTINCT line, tier, claimer
        FROM repeated_key JOIN (
            SELECT tier, value, min(line) AS claimer FROM repeated_key GROUP BY tier, value
        ) USING (tier, value)
        WHERE claimer < line
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE reference AS
        SELECT line, tier, s.patient_id, CASE WHEN s.line IS NULL THEN parent END AS parent
        FROM stored_choice s FULL JOIN (
            SELECT line, tier, min(claimer) AS parent FROM earlier GROUP BY line, tier
        ) USING (line, tier)
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
            FROM person p LEFT JOIN link l USING (line) WHERE l.parent IS NULL
            UNION ALL
            SELECT l.line, l.tier, f.patient_id, f.root
            FROM link l JOIN found f ON f.line = l.parent
        )
        FROM found
        """
    )


def _find_open_questions(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """`open_question(line)`: rows for which the links alone do not give the right answer.

    Every row that the sequential rules would treat differently comes after such a row, or is one.
    """
    identifiers = list(identifier_tiers(file_format))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE open_question AS
        SELECT r.line FROM reference r LEFT JOIN assigned a ON a.line = r.parent
        WHERE list_contains({identifiers}::INTEGER[], r.tier)
        GROUP BY r.line HAVING count(DISTINCT coalesce(r.patient_id, a.patient_id)) > 1
        UNION
        SELECT e.line FROM earlier e JOIN assigned a ON a.line = e.claimer
        ANTI JOIN stored_choice s ON s.line = e.line AND s.tier = e.tier
        GROUP BY e.line, e.tier HAVING count(DISTINCT a.patient_id) > 1
        """
    )
    demographic = demographic_tier(file_format)
    if demographic is None:
        return
    for tier in _vetoing(file_format):
        system = identifier_tiers(file_format)[tier].system
        connection.execute(
            f"""
            INSERT INTO open_question
            WITH bringer AS (
                SELECT a.patient_id, a.line, a.tier FROM assigned a
                JOIN row_key k ON k.line = a.line AND k.tier = {tier}
            ), first_holder AS (
                SELECT patient_id, min(line) AS line FROM (
                    SELECT patient_id, 0 AS line FROM stored_identifier WHERE system = '{system}'
                    UNION ALL SELECT patient_id, line FROM bringer
                ) GROUP BY patient_id
            )
            SELECT b.line FROM bringer b JOIN first_holder h USING (patient_id)
            WHERE h.line < b.line AND b.tier = {demographic[0]}
            """
        )


def _vetoing(file_format: Format) -> list[int]:
    """The identifier tiers that veto a match by name."""
    demographic = demographic_tier(file_format)
    systems = demographic[1].vetoed_by if demographic else ()
    return [t for t, match in identifier_tiers(file_format).items() if match.system in systems]


def _go_row_by_row(
    connection: duckdb.DuckDBPyConnection, file_format: Format, new_id: str
) -> Verdicts:
    """Go through the rows that share a key or a stored patient with another row."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE entangled AS
        SELECT line FROM open_question UNION SELECT line FROM repeated_key
        UNION SELECT line FROM stored_choice SEMI JOIN (
            SELECT patient_id FROM stored_choice GROUP BY patient_id
            HAVING count(DISTINCT line) > 1
        ) USING (patient_id)
        """
    )
    clues = connection.execute(
        f"""
        SELECT line, new_id, tier, value, patient_id FROM (
            SELECT line, tier, value, NULL AS patient_id FROM row_key
            UNION ALL SELECT line, tier, NULL, patient_id FROM stored_choice
        ) RIGHT JOIN (
            SELECT p.line, {new_id} AS new_id FROM person p SEMI JOIN entangled USING (line)
        ) USING (line) ORDER BY line, tier, value
        """
    ).fetchall()
    systems = {match.system: tier for tier, match in identifier_tiers(file_format).items()}
    held = connection.execute("SELECT patient_id, system FROM stored_identifier").fetchall()
    terms = Terms(
        identifiers=frozenset(systems.values()),
        vetoing=frozenset(_vetoing(file_format)),
        held=frozenset((who, systems[system]) for who, system in held if system in systems),
    )
    return go_through(clues, terms)


def _keep(connection: duckdb.DuckDBPyConnection, verdicts: Verdicts) -> None:
    """Put the verdicts in place of what the links gave, and make the tables of exceptions."""
    tables: dict[str, tuple[Sequence[tuple[object, ...]], tuple[str, ...]]] = {
        "verdict": (verdicts.assigned, ("line", "tier", "patient_id", "root")),
        "conflict": (verdicts.conflicts, ("line", "patient_id", "other_patient_id")),
        "alone": (verdicts.alone, ("line", "patient_id")),
        "several": (verdicts.several, ("line", "hits")),
    }
    numbers = {"line": pl.Int32, "tier": pl.Int8, "root": pl.Int32, "hits": pl.Int64}
    for name, (rows, columns) in tables.items():
        schema = {column: numbers.get(column, pl.String) for column in columns}
        create_table(connection, name, pl.DataFrame(rows, schema=schema, orient="row"))
    if verdicts.assigned or verdicts.conflicts:
        connection.execute("DELETE FROM assigned WHERE line IN (FROM entangled)")
        connection.execute("INSERT INTO assigned FROM verdict")
    connection.execute(
        "INSERT INTO several SELECT a.line, s.hits"
        " FROM assigned a JOIN stored_choice s USING (line, tier) WHERE s.hits > 1"
    )
