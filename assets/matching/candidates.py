"""Stored patients who may be a row's, fetched from PostgreSQL by indexed keys.

The cost follows the file, not the registry: two index look-ups for each row, then the stored
facts of those patients that were found. An alias (an identifier of a patient who was merged in)
leads to its patient like the identifier that is shown.

Tables in: `row_key`, `person`. Tables out (temporary): `stored_hit(line, tier, patient_id)`;
`vetoed_hit(line, patient_id)`, hits by name that another identifier forbids; `lookalike(line,
person, patient_id, stored_person)`, rows and stored patients with the same names, birth and gender,
whose names are yet to be compared, since a digest of them was looked up; `stored_identifier(
patient_id, system)` and `stored_person(patient_id, told, person)` of all patients in `stored_hit`.

Example: row 2 has the EHR id `E-1` of patient A, and name and birth date of patient B, who holds
the EHR id `E-9`. Then `stored_hit` gets `(2, 0, A)`, and `vetoed_hit` gets `(2, B)`.
"""

import duckdb
from psycopg import Connection

from assets.matching.keys import (
    IS_NAMED,
    demographic_tier,
    identifier_tiers,
    patient_tier,
)
from assets.staging_database import create_table_in_batches, read_in_batches, scalar
from assets.steps import StepFiles, run_steps
from registry.database.bulk_copy import copy_in_temporary, copy_out_in_batches
from registry.database.statements import Statements
from schemas.canonical import MATCHING_SYSTEMS
from schemas.errors import FileFault
from schemas.formats import DemographicMatch, Format, IdentifierMatch

_STEPS = StepFiles(__file__)
_SQL = Statements(__file__)
_SYSTEMS = ", ".join(f"'{system}'" for system in MATCHING_SYSTEMS)

# Keys are looked up in their order, so that each page of an index is read once.
_WANTED = "SELECT DISTINCT value FROM row_key WHERE tier = {tier} ORDER BY ALL"
_WANTED_PATIENTS = "SELECT DISTINCT patient_id FROM {hits} ORDER BY ALL"


def fetch_candidates(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """Create the tables of stored candidates for the rows of `row_key` and `person`.

    Raises:
        FileFault: a row names a patient by id who is not in the registry.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stored_hit (line INTEGER, tier TINYINT, patient_id VARCHAR)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE vetoed_hit (line INTEGER, patient_id VARCHAR)")
    named = patient_tier(file_format)
    if named is not None:
        _fetch_named(connection, registry, named, account_id)
    for tier, match in identifier_tiers(file_format).items():
        _fetch_identified(connection, registry, tier, match, account_id)
    _fetch_lookalikes(connection, registry, account_id)
    demographic = demographic_tier(file_format)
    if demographic is not None:
        _hit_by_demographics(connection, registry, file_format, *demographic)
    _fetch_identifiers(connection, registry)


def _fetch_identified(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    tier: int,
    match: IdentifierMatch,
    account_id: int,
) -> None:
    """Add to `stored_hit` the patients who hold an identifier that a row brings."""
    wanted = read_in_batches(connection, _WANTED.format(tier=tier))
    wanted_table = f"wanted_{match.system}"
    copy_in_temporary(registry, wanted_table, {"value": "text"}, wanted)
    query = _SQL["fetch_identified_patients"].format(wanted=wanted_table, systems=_SYSTEMS)
    found = copy_out_in_batches(registry, query, {"account_id": account_id, "system": match.system})
    create_table_in_batches(connection, "identified", found)
    run_steps(connection, _STEPS["add_identified_hits"].bind(tier=tier))


def _fetch_named(
    connection: duckdb.DuckDBPyConnection, registry: Connection, tier: int, account_id: int
) -> None:
    """Add to `stored_hit` the patients whom rows name by our id."""
    wanted = read_in_batches(connection, _WANTED.format(tier=tier))
    copy_in_temporary(registry, "wanted_id", {"value": "text"}, wanted)
    found = copy_out_in_batches(registry, _SQL["fetch_named_patients"], {"account_id": account_id})
    create_table_in_batches(connection, "identified", found)
    run_steps(connection, _STEPS["add_identified_hits"].bind(tier=tier))
    if scalar(connection, "SELECT count(*) FROM row_key ANTI JOIN identified USING (value)"):
        raise FileFault("patient_gone", "the patient is no longer in the registry", 2)


def _fetch_lookalikes(
    connection: duckdb.DuckDBPyConnection, registry: Connection, account_id: int
) -> None:
    types = {"birth_date": "date", "name_key": "bigint", "born": "text"}
    wanted = read_in_batches(connection, _SQL["list_wanted_names"])
    copy_in_temporary(registry, "wanted_name", types, wanted)
    found = copy_out_in_batches(registry, _SQL["fetch_namesakes"], {"account_id": account_id})
    create_table_in_batches(connection, "namesake", found)
    run_steps(connection, _STEPS["find_lookalikes"])


def _hit_by_demographics(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    tier: int,
    match: DemographicMatch,
) -> None:
    """Add to `stored_hit` the patients whose name and birth are a row's, unless vetoed."""
    run_steps(connection, _STEPS["find_demographic_hits"].fill(is_named=IS_NAMED))
    ids = read_in_batches(connection, _WANTED_PATIENTS.format(hits="demographic_hit"))
    copy_in_temporary(registry, "wanted_person", {"patient_id": "uuid"}, ids)
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
    zips = copy_out_in_batches(
        registry,
        "SELECT patient_id, left(postal_code, 5) AS zip"
        " FROM wanted_person JOIN patient_address USING (patient_id)",
    )
    create_table_in_batches(connection, "stored_zip", zips)
    run_steps(connection, _STEPS["drop_hits_without_common_zip"].bind(tier=tier))


def _veto(
    connection: duckdb.DuckDBPyConnection, registry: Connection, tier: int, system: str
) -> None:
    """Move hits to `vetoed_hit` whose patients hold identifiers of `system`, but not the row's."""
    held = copy_out_in_batches(registry, _SQL["fetch_held_identifiers"], {"system": system})
    create_table_in_batches(connection, "held_identifier", held)
    run_steps(connection, _STEPS["find_vetoes"].bind(tier=tier))
    connection.execute("INSERT INTO vetoed_hit FROM veto")
    run_steps(connection, _STEPS["drop_vetoed_hits"])


def _fetch_identifiers(connection: duckdb.DuckDBPyConnection, registry: Connection) -> None:
    """Create `stored_identifier` and `stored_person`: what those who were hit hold, and are."""
    ids = read_in_batches(connection, _WANTED_PATIENTS.format(hits="stored_hit"))
    copy_in_temporary(registry, "wanted_patient", {"patient_id": "uuid"}, ids)
    held = copy_out_in_batches(registry, _SQL["fetch_identifier_systems"].format(systems=_SYSTEMS))
    create_table_in_batches(connection, "stored_identifier", held)
    people = copy_out_in_batches(registry, _SQL["fetch_people"])
    create_table_in_batches(connection, "stored_name", people)
    run_steps(connection, _STEPS["list_stored_people"])
