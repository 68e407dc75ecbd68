"""Stored patients who may be a row's, fetched from PostgreSQL by indexed keys.

The cost follows the file, not the registry: two index look-ups for each row, then the stored
facts of those patients that were hit. An alias is an identifier of its patient as the shown one is.
Tables out (temporary): `stored_hit(line, tier, patient_id)`, `vetoed_hit(line, patient_id)`,
`lookalike(line, patient_id)` for rows whose names, birth year and gender a stored patient shares,
and `stored_identifier(patient_id, system)`.
"""

import duckdb
import polars as pl
from psycopg import Connection

from assets.matched_patients.keys import demographic_tier, identifier_tiers
from assets.staging_database import create_table
from registry.database.bulk_copy import copy_in_temporary, copy_out
from schemas.canonical import MATCHING_SYSTEMS
from schemas.formats import DemographicMatch, Format

_SYSTEMS = ", ".join(f"'{system}'" for system in MATCHING_SYSTEMS)
_HOLDING = ("patient_identifier", "patient_alias")
"""Where a patient's identifiers are: those that are shown, and those of whom was merged in."""


def fetch_candidates(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """Create the tables of stored candidates for the rows of `row_key` and `person`."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stored_hit (line INTEGER, tier TINYINT, patient_id VARCHAR)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE vetoed_hit (line INTEGER, patient_id VARCHAR)")
    _fetch_identified(connection, registry, file_format, account_id)
    _fetch_similar(connection, registry, account_id)
    tier = demographic_tier(file_format)
    if tier is not None:
        _hit_by_demographics(connection, registry, file_format, *tier)
    _fetch_identifiers(connection, registry)


def _fetch_identified(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    for tier, match in identifier_tiers(file_format).items():
        wanted = connection.sql(f"SELECT DISTINCT value FROM row_key WHERE tier = {tier}").pl()
        copy_in_temporary(registry, f"wanted_{match.system}", {"value": "text"}, wanted)
        found = copy_out(
            registry,
            f"SELECT i.value, i.patient_id FROM wanted_{match.system} w JOIN patient_identifier i"
            f" ON i.account_id = %(account)s AND i.item = '{match.system}' AND i.value = w.value"
            f" AND i.item IN ({_SYSTEMS})"
            f" UNION ALL SELECT a.value, a.patient_id FROM wanted_{match.system} w"
            f" JOIN patient_alias a ON a.account_id = %(account)s AND a.item = '{match.system}'"
            " AND a.value = w.value",
            {"account": account_id},
        )
        create_table(connection, "identified", found)
        connection.execute(
            "INSERT INTO stored_hit SELECT line, tier, patient_id"
            f" FROM row_key JOIN identified USING (value) WHERE tier = {tier}"
        )


def _fetch_similar(
    connection: duckdb.DuckDBPyConnection, registry: Connection, account_id: int
) -> None:
    wanted = connection.sql("SELECT DISTINCT name_key FROM person").pl()
    copy_in_temporary(registry, "wanted_name", {"name_key": "bigint"}, wanted)
    found = copy_out(
        registry,
        "SELECT p.name_key, p.id AS patient_id, p.first_name, p.last_name, p.gender,"
        " p.birth_date, p.birth_year FROM wanted_name w"
        " JOIN patient p ON p.account_id = %s AND p.name_key = w.name_key",
        (account_id,),
    )
    create_table(connection, "namesake", found)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE lookalike AS
        SELECT p.line, p.person, n.patient_id,
            person(n.first_name, n.last_name, coalesce(n.birth_date, n.birth_year), n.gender)
                AS stored_person
        FROM person p JOIN namesake n ON n.name_key::BIGINT = p.name_key
        """
    )


def _hit_by_demographics(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    tier: int,
    match: DemographicMatch,
) -> None:
    ids = connection.sql(
        "SELECT DISTINCT patient_id FROM lookalike WHERE person = stored_person"
    ).pl()
    copy_in_temporary(registry, "wanted_person", {"patient_id": "uuid"}, ids)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE demographic_hit AS"
        " SELECT DISTINCT line, patient_id FROM lookalike WHERE person = stored_person"
    )
    if match.zip_slots:
        _require_common_zip(connection, registry, tier)
    for place, identifier in identifier_tiers(file_format).items():
        if identifier.system in match.vetoed_by:
            _veto(connection, registry, place, identifier.system)
    connection.execute(
        f"INSERT INTO stored_hit SELECT line, {tier}, patient_id FROM demographic_hit"
    )


def _require_common_zip(
    connection: duckdb.DuckDBPyConnection, registry: Connection, tier: int
) -> None:
    """A stored patient without an address matches any zip (Metriport's rule)."""
    zips = copy_out(
        registry,
        "SELECT a.patient_id, left(a.postal_code, 5) AS zip"
        " FROM wanted_person w JOIN patient_address a USING (patient_id)",
    )
    create_table(connection, "stored_zip", zips)
    connection.execute(
        f"""
        DELETE FROM demographic_hit h WHERE EXISTS (
            SELECT 1 FROM stored_zip z WHERE z.patient_id = h.patient_id
        ) AND NOT EXISTS (
            SELECT 1 FROM stored_zip z JOIN row_key k ON k.tier = {tier}
                AND right(k.value, 5) = z.zip
            WHERE z.patient_id = h.patient_id AND k.line = h.line
        )
        """
    )


def _veto(
    connection: duckdb.DuckDBPyConnection, registry: Connection, place: int, system: str
) -> None:
    """Candidates who hold identifiers, but not the row's, are other people."""
    held = copy_out(
        registry,
        " UNION ALL ".join(
            f"SELECT i.patient_id, i.value FROM wanted_person w JOIN {table} i"
            f" ON i.patient_id = w.patient_id AND i.item = '{system}'"
            for table in _HOLDING
        ),
    )
    create_table(connection, "held", held)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE refused AS
        SELECT h.line, h.patient_id FROM demographic_hit h JOIN held USING (patient_id)
        JOIN row_key k ON k.line = h.line AND k.tier = {place}
        GROUP BY h.line, h.patient_id HAVING bool_and(k.value <> held.value)
        """
    )
    connection.execute("INSERT INTO vetoed_hit FROM refused")
    connection.execute(
        "DELETE FROM demographic_hit h WHERE EXISTS"
        " (SELECT 1 FROM refused r WHERE r.line = h.line AND r.patient_id = h.patient_id)"
    )


def _fetch_identifiers(connection: duckdb.DuckDBPyConnection, registry: Connection) -> None:
    """Which systems the patients that were hit hold an identifier of."""
    ids = connection.sql("SELECT DISTINCT patient_id FROM stored_hit").pl()
    copy_in_temporary(registry, "wanted_patient", {"patient_id": "uuid"}, ids)
    held = copy_out(
        registry,
        " UNION ".join(
            f"SELECT i.patient_id, i.item AS system FROM wanted_patient w"
            f" JOIN {table} i USING (patient_id) WHERE i.item IN ({_SYSTEMS})"
            for table in _HOLDING
        ),
    )
    create_table(connection, "stored_identifier", held.cast(pl.String))
