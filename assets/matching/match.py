"""Matching an import against the registry as it is now: who each row is and what would change."""

import hashlib

import duckdb
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.matching.brought_facts import collect_facts, open_full_view
from assets.matching.candidates import fetch_candidates
from assets.matching.decide import decide
from assets.matching.identity_changes import hold_for_identity_changes
from assets.matching.keep_newer import find_later_imports
from assets.matching.keys import make_keys
from assets.matching.measures import measure
from assets.matching.resolve import resolve
from assets.matching.stored_facts import fetch_stored, number_patients
from assets.matching.told import list_told_again, make_row_digests
from assets.staging_database import create_table_in_batches
from registry.accounts.accounts import account_by_id
from registry.database.bulk_copy import copy_out_in_batches
from registry.ids import patient_id_prefix


def match(connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork) -> int:
    """Match `staged` and keep the decisions in the import's file.

    Returns:
        The registry version under which they were made.

    Raises:
        FileFault: too many rows share nothing but an identifier with their patient.
    """
    version = account_by_id(registry, work.account.id).registry_version
    later = find_later_imports(registry, work.imported.id, work.imported.ordered_at)
    make_keys(connection, work.file_format)
    make_row_digests(connection, work.file_format)
    fetch_candidates(connection, registry, work.file_format, work.account.id)
    resolve(connection, work.file_format, _new_id(connection, registry, work))
    number_patients(connection, is_newest=later.is_empty())
    fetch_stored(connection, registry, work.file_format)
    open_full_view(connection, work.file_format)
    list_told_again(connection, work.file_format)
    collect_facts(connection, registry, work.file_format, work.account.id)
    decide(connection, registry, work.file_format, later, work.imported.ordered_at)
    hold_for_identity_changes(connection, registry, work)
    measure(connection, registry, work, is_newest=later.is_empty())
    connection.execute(
        f"CREATE OR REPLACE TABLE matched_under AS SELECT {version}::BIGINT AS version"
    )
    return version


def _new_id(connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork) -> str:
    """SQL of the id of the patient that `person.line` creates: the same on every attempt.

    There is one exception. An undo leaves a patient whom other imports speak of as well; should
    that patient have lost the identifier since, the row finds nobody, and the id that it would
    give is taken. Then the id is made from import and attempt.
    """
    prefix = patient_id_prefix(work.imported.received_at)
    usual = f"patient_id('{prefix}', person.line, '{work.imported.id.hex[-11:]}')"
    if work.attempt.number == 1:
        return usual
    taken = copy_out_in_batches(
        registry,
        "SELECT id AS patient_id FROM patient"
        " WHERE account_id = %(account_id)s AND id BETWEEN %(first)s AND %(last)s",
        {
            "account_id": work.account.id,
            "first": f"{prefix}-7000-8000-000000000000",
            "last": f"{prefix}-7fff-bfff-ffffffffffff",
        },
    )
    create_table_in_batches(connection, "taken_id", taken)
    of_attempt = f"{work.imported.id}/{work.attempt.number}".encode()
    suffix = hashlib.md5(of_attempt, usedforsecurity=False).hexdigest()[-11:]
    other = f"patient_id('{prefix}', person.line, '{suffix}')"
    return f"CASE WHEN {usual} IN (FROM taken_id) THEN {other} ELSE {usual} END"
