"""Matching an import against the registry as it is now: who each row is and what would change."""

import hashlib

import duckdb
import polars as pl
from psycopg import Connection

from assets.attempt_work import Work
from assets.matched_patients.candidates import fetch_candidates
from assets.matched_patients.decide import decide
from assets.matched_patients.facts import collect_facts, fetch_stored, number_patients
from assets.matched_patients.keys import make_keys
from assets.matched_patients.resolve import resolve
from assets.stage_runs import Figures, Stage
from assets.staging_database import create_table, open_staging, scalar
from registry.accounts.accounts import account_by_id
from registry.database.bulk_copy import copy_out
from registry.ids import patient_id_prefix


def match(connection: duckdb.DuckDBPyConnection, registry: Connection, work: Work) -> int:
    """Match `staged` and keep the decisions in the import's file.

    Returns:
        The registry version under which they were made.
    """
    version = account_by_id(registry, work.account.id).registry_version
    make_keys(connection, work.file_format)
    fetch_candidates(connection, registry, work.file_format, work.account.id)
    resolve(connection, work.file_format, _new_id(connection, registry, work))
    number_patients(connection)
    fetch_stored(connection, registry, work.file_format)
    collect_facts(connection, registry, work.file_format, work.account.id)
    decide(connection, registry, work.file_format, work.imported.id, work.imported.received_at)
    connection.execute(
        f"CREATE OR REPLACE TABLE matched_under AS SELECT {version}::BIGINT AS version"
    )
    return version


def match_import(registry: Connection, work: Work) -> Figures:
    """Match the import's staged rows against the registry; nothing is written there."""
    with open_staging(work) as connection:
        match(connection, registry, work)
        registry.rollback()
        outcomes = connection.execute(
            "SELECT outcome, count(*) FROM outcome GROUP BY outcome"
        ).fetchall()
        return {
            "rows": sum(count for _, count in outcomes),
            **{f"to be {outcome}": count for outcome, count in outcomes},
            "pairs for review": scalar(connection, "SELECT count(*) FROM review_pair"),
        }


def _new_id(connection: duckdb.DuckDBPyConnection, registry: Connection, work: Work) -> str:
    """SQL of the id of the patient that `line` creates: the same on every attempt, if it can be.

    It cannot where a row does not find the patient whom it created before and who is there still:
    one whom an undo left because somebody else stands by them, and who lost the identifier.
    """
    prefix = patient_id_prefix(work.imported.received_at)
    usual = f"patient_id('{prefix}', p.line, '{work.imported.id.hex[-11:]}')"
    if work.attempt.number == 1:
        return usual
    taken = copy_out(
        registry,
        "SELECT id AS patient_id FROM patient WHERE account_id = %s AND id BETWEEN %s AND %s",
        (
            work.account.id,
            f"{prefix}-7000-8000-000000000000",
            f"{prefix}-7fff-bfff-ffffffffffff",
        ),
    )
    create_table(connection, "taken_id", taken.cast(pl.String))
    of_attempt = f"{work.imported.id}/{work.attempt.number}".encode()
    suffix = hashlib.md5(of_attempt, usedforsecurity=False).hexdigest()[-11:]
    other = f"patient_id('{prefix}', p.line, '{suffix}')"
    return f"CASE WHEN {usual} IN (FROM taken_id) THEN {other} ELSE {usual} END"


MATCH = Stage("matched_patients", match_import)
