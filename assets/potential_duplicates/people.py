"""Patients as `identity/` reads them, fetched from PostgreSQL in a few columns.

Table in: `wanted_patient(patient_id)` in PostgreSQL. Table out: `person` in DuckDB, a row per
wanted patient of the account who is in the registry. An alias, the identifier of a patient who was
merged in, is an identifier of the surviving patient.
"""

import duckdb
import polars as pl
from psycopg import Connection

from assets.staging_database import create_table
from assets.steps import StepFiles, run_steps
from registry.database.bulk_copy import copy_out
from registry.database.statements import Statements

_SQL = Statements(__file__)
_STEPS = StepFiles(__file__)
_TABLES = {
    "wanted_scalars": "fetch_scalars",
    "wanted_address": "fetch_addresses",
    "wanted_contact": "fetch_contacts",
    "wanted_identifier": "fetch_identifiers",
    "wanted_coverage": "fetch_coverages",
}


def fetch_people(
    connection: duckdb.DuckDBPyConnection, registry: Connection, account_id: int
) -> None:
    """Create `person` with the wanted patients of the account."""
    for table, statement in _TABLES.items():
        found = copy_out(registry, _SQL[statement], {"account_id": account_id})
        create_table(connection, table, found.cast(pl.String))
    run_steps(connection, _STEPS["gather_people"])
