"""Which patient each row is: stored ones first, then earlier rows of the same file.

The result is that of going through the file row by row, each row seeing what the rows before it
brought; a property test compares the two. Here it is worked out set-based: every key points to the
stored patient who has it, else to the first row of the file that brings it. Where that leaves a
question open (identifiers of two patients, a name vetoed by an identifier, several patients of
this file that fit), the rows that have anything in common with another row are gone through one by
one (`row_by_row.py`). Most files have no such rows; others have few.

Tables in: `person`, `row_key`, `stored_hit`, `stored_identifier`, `stored_person`.
Tables out (temporary):

- `assigned(line, tier, patient_id, root)`; `root` is the line that creates the patient, 0 for
  stored patients
- `conflict(line, patient_id, other_patient_id)`, rows whose identifiers belong to two patients
- `vetoed_match(line, patient_id)`, rows that became a new patient because of a veto
- `identity_change(line, patient_id)`, rows that share nothing but an identifier with this patient
- `ambiguous_match(line, hits)`, rows that more than one patient would have fitted

Example: patient A is stored with the EHR id `E-1`. Lines 2 and 4 bring `E-1`; line 3 brings `E-2`,
which nobody has. Then `assigned` holds `(2, 0, A, 0)`, `(3, NULL, <new id>, 3)`, `(4, 0, A, 0)`.
"""

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from assets.matching.keys import demographic_tier, identifier_tiers
from assets.matching.row_by_row import People, Rules, Verdicts, go_through
from assets.staging_database import create_table, scalar
from assets.steps import Step, StepFiles, run_steps
from registry.database.statements import Statements
from schemas.formats import Format, IdentifierMatch

_STEPS = StepFiles(__file__)
_SQL = Statements(__file__)


def resolve(connection: duckdb.DuckDBPyConnection, file_format: Format, new_id: str) -> None:
    """Create the tables above. `new_id` is the SQL of a new patient's id, over `person.line`."""
    run_steps(
        connection,
        _STEPS["choose_stored_patients"],
        _STEPS["find_repeated_keys"],
        _STEPS["find_earlier_rows"],
        _STEPS["find_references"],
        _STEPS["choose_links"],
        _STEPS["assign_patients"].fill(new_id=new_id),
        *_find_open_questions(file_format),
    )
    fails = file_format.identity_change == "error"
    if fails:
        connection.execute("INSERT INTO open_question SELECT line FROM identity_change")
    verdicts = Verdicts()
    if scalar(connection, "SELECT count(*) FROM open_question"):
        verdicts = _go_row_by_row(connection, file_format, new_id)
    _keep(connection, verdicts)
    if not fails:
        # Once more: rows that were gone through may have other patients by now.
        run_steps(connection, _find_identity_changes(file_format))


def _find_open_questions(file_format: Format) -> list[Step]:
    """`open_question(line)`: rows for which the links alone do not give the right answer.

    Every row that the sequential rules would treat differently comes after such a row, or is one.
    """
    identifiers = identifier_tiers(file_format)
    steps = [
        _STEPS["find_open_questions"].bind(identifiers=list(identifiers)),
        _find_identity_changes(file_format),
        *_find_second_identifiers(identifiers),
    ]
    demographic = demographic_tier(file_format)
    if demographic is None:
        return steps
    vetoes = [
        _STEPS["add_open_vetoes"].bind(
            tier=tier, system=identifiers[tier].system, demographic_tier=demographic[0]
        )
        for tier in _vetoing(file_format)
    ]
    return [*steps, *vetoes]


def _find_identity_changes(file_format: Format) -> Step:
    return _STEPS["find_identity_changes"].bind(identifiers=list(identifier_tiers(file_format)))


def _find_second_identifiers(identifiers: Mapping[int, IdentifierMatch]) -> list[Step]:
    """Rows known by one identifier that bring an earlier one where their patient has one."""
    return [
        _STEPS["add_open_vetoes"].bind(tier=first, system=match.system, demographic_tier=second)
        for second in identifiers
        for first, match in identifiers.items()
        if first < second
    ]


def _vetoing(file_format: Format) -> list[int]:
    """The identifier tiers that veto a match by name."""
    demographic = demographic_tier(file_format)
    systems = demographic[1].vetoed_by if demographic else ()
    return [t for t, match in identifier_tiers(file_format).items() if match.system in systems]


def _go_row_by_row(
    connection: duckdb.DuckDBPyConnection, file_format: Format, new_id: str
) -> Verdicts:
    """Go through the rows that share a key or a stored patient with another row."""
    run_steps(connection, _STEPS["find_entangled_rows"])
    clues = connection.execute(_SQL["list_clues"].format(new_id=new_id)).fetchall()
    systems = {match.system: tier for tier, match in identifier_tiers(file_format).items()}
    held = connection.execute("SELECT patient_id, system FROM stored_identifier").fetchall()
    rules = Rules(
        identifiers=frozenset(systems.values()),
        vetoing=frozenset(_vetoing(file_format)),
        held=frozenset((who, systems[system]) for who, system in held if system in systems),
        people=_people(connection) if file_format.identity_change == "error" else None,
    )
    return go_through(clues, rules)


def _people(connection: duckdb.DuckDBPyConnection) -> People:
    """Who stored patients are, by id, and who rows are, by line."""
    stored = connection.execute("SELECT patient_id, person FROM stored_person").fetchall()
    rows = connection.execute(
        "SELECT line, person FROM person SEMI JOIN entangled_row USING (line)"
    ).fetchall()
    return People(dict(stored), dict(rows))


def _keep(connection: duckdb.DuckDBPyConnection, verdicts: Verdicts) -> None:
    """Put the verdicts in place of what the links gave, and make the tables of exceptions."""
    tables: dict[str, tuple[Sequence[tuple[object, ...]], tuple[str, ...]]] = {
        "verdict": (verdicts.assigned, ("line", "tier", "patient_id", "root")),
        "conflict": (verdicts.conflicts, ("line", "patient_id", "other_patient_id")),
        "vetoed_match": (verdicts.vetoed, ("line", "patient_id")),
        "identity_change": (verdicts.changed, ("line", "patient_id")),
        "ambiguous_match": (verdicts.ambiguous, ("line", "hits")),
    }
    numbers = {"line": pl.Int32, "tier": pl.Int8, "root": pl.Int32, "hits": pl.Int64}
    for name, (rows, columns) in tables.items():
        schema = {column: numbers.get(column, pl.String) for column in columns}
        create_table(connection, name, pl.DataFrame(rows, schema=schema, orient="row"))
    if verdicts.assigned or verdicts.conflicts or verdicts.changed:
        connection.execute("DELETE FROM assigned WHERE line IN (FROM entangled_row)")
        connection.execute("INSERT INTO assigned FROM verdict")
    run_steps(connection, _STEPS["add_ambiguous_stored_matches"])
