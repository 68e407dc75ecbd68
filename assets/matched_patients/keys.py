"""What a row can be recognised by: identifiers and demographics, as keys.

Tables in: `staged`. Tables out (temporary): `person(line, name_key, person)` for every row that
can be loaded, and `row_key(line, tier, value)`, one row per key; tiers are the places in the
format's `match`, the lower one decides first.
"""

import duckdb

from schemas.formats import DemographicMatch, Format, IdentifierMatch, MatchTier

# A file may lack every column that could be a key; then none of its rows can be recognised.
_NO_KEYS = "SELECT NULL::INTEGER AS line, 0 AS tier, NULL::VARCHAR AS value"


def make_keys(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `person` and `row_key`."""
    slots = staged_slots(connection)
    birth = "birth_date" if "birth_date" in slots else "birth_year"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE person AS
        SELECT line, name_key(first_name, last_name, left({birth}, 4), gender) AS name_key,
            person(first_name, last_name, {birth}, gender) AS person
        FROM staged WHERE NOT errored
        """
    )
    selects = [
        select
        for tier, match in enumerate(file_format.match)
        for select in _key_selects(tier, match, slots)
    ]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE row_key AS "
        "SELECT DISTINCT line, tier::TINYINT AS tier, value FROM ("
        + " UNION ALL ".join([_NO_KEYS, *selects])
        + ") WHERE value IS NOT NULL"
    )


def staged_slots(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The columns that this import's `staged` table has."""
    return frozenset(name for name, *_ in connection.execute("DESCRIBE staged").fetchall())


def _key_selects(tier: int, match: MatchTier, slots: frozenset[str]) -> list[str]:
    if isinstance(match, IdentifierMatch):
        if match.slot not in slots:
            return []
        return [f"SELECT line, {tier} AS tier, {match.slot} AS value FROM staged WHERE NOT errored"]
    if not match.zip_slots:
        return [f"SELECT line, {tier} AS tier, person AS value FROM person"]
    return [
        f"SELECT line, {tier} AS tier, person || '|' || {slot} AS value"
        f" FROM person JOIN staged USING (line)"
        for slot in match.zip_slots
        if slot in slots
    ]


def demographic_tier(file_format: Format) -> tuple[int, DemographicMatch] | None:
    """The format's demographic tier and its place; None where identifiers alone decide."""
    for tier, match in enumerate(file_format.match):
        if isinstance(match, DemographicMatch):
            return tier, match
    return None


def identifier_tiers(file_format: Format) -> dict[int, IdentifierMatch]:
    """The format's identifier tiers by place."""
    return {i: m for i, m in enumerate(file_format.match) if isinstance(m, IdentifierMatch)}
