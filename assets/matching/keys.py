"""What a row can be recognised by: identifiers and demographics, as keys.

Tables in: `staged`. Tables out (temporary): `person(line, born, name_key, person, spelling)` for
every row that can be loaded, and `row_key(line, tier, value)`, one row per key. A tier is the place
of a way to recognise patients in the format's `match`; the lowest one that finds somebody decides.

Example: a ThoroughCare row with the EHR id `E-1` and no Medicare id has two keys,
`(line, 0, 'E-1')` and `(line, 2, 'maria|lopez|1961-04-02|F')`.
"""

import duckdb

from assets.steps import Step, StepFiles, run_steps
from schemas.code_lists import placeholder_first_names
from schemas.formats import (
    DemographicMatch,
    Format,
    IdentifierMatch,
    MatchTier,
    PatientMatch,
)

_STEPS = StepFiles(__file__)

_NO_KEYS = "SELECT NULL::INTEGER AS line, 0 AS tier, NULL::VARCHAR AS value"
"""A file may lack every column that could be a key; then none of its rows can be recognised."""


IS_NAMED = f"NOT regexp_full_match(split_part(person, '|', 1), '{placeholder_first_names()}')"
"""A newborn's placeholder (`Baby Boy`) is the name of nobody in particular."""


def make_keys(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `person` and `row_key`."""
    slots = staged_slots(connection)
    run_steps(connection, _make_people(slots), _make_row_keys(file_format, slots))


def staged_slots(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The columns that this import's `staged` table has."""
    return frozenset(name for name, *_ in connection.execute("DESCRIBE staged").fetchall())


def _make_people(slots: frozenset[str]) -> Step:
    birth = "birth_date" if "birth_date" in slots else "birth_year"
    return _STEPS["make_people"].fill(birth=birth)


def _make_row_keys(file_format: Format, slots: frozenset[str]) -> Step:
    selects = [
        select
        for tier, match in enumerate(file_format.match)
        for select in _key_selects(tier, match, slots)
    ]
    keys = "\n    UNION ALL\n    ".join([_NO_KEYS, *selects])
    return _STEPS["make_row_keys"].fill(keys=keys)


def _key_selects(tier: int, match: MatchTier, slots: frozenset[str]) -> list[str]:
    if isinstance(match, IdentifierMatch | PatientMatch):
        if match.slot not in slots:
            return []
        return [f"SELECT line, {tier} AS tier, {match.slot} AS value FROM staged WHERE NOT errored"]
    if not match.zip_slots:
        return [f"SELECT line, {tier} AS tier, person AS value FROM person WHERE {IS_NAMED}"]
    return [
        f"SELECT line, {tier} AS tier, person || '|' || {slot} AS value"
        f" FROM person JOIN staged USING (line) WHERE {IS_NAMED}"
        for slot in match.zip_slots
        if slot in slots
    ]


def demographic_tier(file_format: Format) -> tuple[int, DemographicMatch] | None:
    """The format's demographic tier and its place; None where identifiers alone decide."""
    for tier, match in enumerate(file_format.match):
        if isinstance(match, DemographicMatch):
            return tier, match
    return None


def patient_tier(file_format: Format) -> int | None:
    """The place of the format's tier of patients' ids, if it has one."""
    for tier, match in enumerate(file_format.match):
        if isinstance(match, PatientMatch):
            return tier
    return None


def identifier_tiers(file_format: Format) -> dict[int, IdentifierMatch]:
    """The format's identifier tiers by place."""
    return {
        tier: match
        for tier, match in enumerate(file_format.match)
        if isinstance(match, IdentifierMatch)
    }
