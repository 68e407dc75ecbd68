"""Pairs of patients who may be one person."""

import pytest
from psycopg.types.json import Jsonb

from tests.gateway.portal.rosters import TWINS
from tests.importing import process, put

OLDER, YOUNGER = 1, 2
"""The lines of the roster that brought the two patients."""


@pytest.fixture
def twins(clinic, connection, portal, tmp_path):
    """Dana under C-8 and under C-9: a pair; the import that brought them."""
    done = process(portal, connection, put(portal, connection, clinic, TWINS, folder=tmp_path))
    connection.commit()
    return done


def path_of(done, act=""):
    return f"/review/{done.patient(YOUNGER)}/{done.patient(OLDER)}{act}"


def fill(connection, account, pairs: int) -> None:
    """Pairs of namesakes, a minute apart, without files: what 10,000 of them would look like."""
    connection.execute(
        "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year, gender)"
        " SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, %s, n / 2, 'Ann',"
        " 'Sample' || n / 2, 1977, 'F' FROM generate_series(0, %s) n",
        (account.id, 2 * pairs - 1),
    )
    connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " SELECT id, 'internal', 'C-' || id, account_id FROM patient WHERE account_id = %s"
        " ON CONFLICT DO NOTHING",
        (account.id,),
    )
    connection.execute(
        "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt,"
        " line, created_at) SELECT"
        " ('00000000-0000-7000-8000-' || lpad((2 * n + 1)::text, 12, '0'))::uuid,"
        " ('00000000-0000-7000-8000-' || lpad((2 * n)::text, 12, '0'))::uuid, %s,"
        " 'same_name_and_birth', gen_random_uuid(), 1, 2, timestamptz '2026-11-01'"
        " + n * interval '1 minute' FROM generate_series(0, %s) n",
        (account.id, pairs - 1),
    )
    connection.commit()


def score(connection, done, weight=18.5):
    """Give the pair of an import's patients a score, as a search for duplicates does."""
    evidence = [
        {"field": "phone", "title": "phone", "level": "same", "words": "the same", "weight": 8.0},
        {"field": "first_name", "title": "first name", "level": "other", "words": "differs",
         "weight": -3.0},
    ]  # fmt: skip
    connection.execute(
        "UPDATE review SET weight = %s, probability = 1, evidence = %s, model = 'test'"
        " WHERE import_id = %s",
        (weight, Jsonb(evidence), done.imported.id),
    )
    connection.commit()
