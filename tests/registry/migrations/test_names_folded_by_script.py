"""Revision 0013 over a filled registry: names get their new keys, and pairs go to review."""

from uuid import UUID, uuid4

import pytest
from alembic import command

from registry.accounts.accounts import add_account
from registry.database.connections import engine
from registry.decisions.review_queue import REASONS, list_pairs
from registry.migrations import alembic_config
from schemas.name_folding import name_key

pytestmark = pytest.mark.external_postgres

STORED = [
    # (number, key before, first name, last name, birth date)
    (1, 1, "Jörg", "Strauß", "1961-01-02"),
    (2, 2, "JÖRG", "STRAUSS", "1961-01-02"),
    (3, 2, "JÖRG", "Strauss", "1961-01-02"),
    (4, 3, "रमा", "शर्मा", "1962-01-02"),
    (5, 3, "रीमा", "शर्मा", "1962-01-02"),
    (6, 4, "Łukasz", "Nowak", "1963-01-02"),
    (7, 5, "LUKASZ", "NOWAK", "1963-01-03"),
    (8, 6, "Zoë", "Ono", "1964-01-02"),
    (9, 6, "Zoë", "Ono", "1964-01-02"),
]


def identity(number: int) -> UUID:
    return UUID(int=number)


@pytest.fixture
def old(database, connection):
    """A registry whose keys are of an older folding, in two accounts, brought up to date."""
    clinic, other = (add_account(connection, name, "thoroughcare") for name in ("clinic", "other"))
    ascii_key = name_key("LUKASZ", "NOWAK", 1963, "M")
    rows = [
        *((identity(n), clinic.id, key if n != 7 else ascii_key, first, last, born)
          for n, key, first, last, born in STORED),
        (identity(20), other.id, 1, "Jorg", "Strauß", "1961-01-02"),
    ]  # fmt: skip
    for patient_id, account_id, key, first, last, born in rows:
        connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_date,"
            " birth_year, gender) VALUES (%s, %s, %s, %s, %s, %s, left(%s, 4)::int, 'M')",
            (patient_id, account_id, key, first, last, born, born),
        )
    connection.execute(
        "INSERT INTO patient_change (patient_id, import_id, attempt, line, received_at, changes)"
        " VALUES (%s, %s, 1, 7, now(), '{}')",
        (identity(2), uuid4()),
    )
    connection.commit()
    behind = engine(database)
    with behind.begin() as begun:
        config = alembic_config(begun)
        command.stamp(config, "0012")
        command.upgrade(config, "0013")
        command.stamp(config, "head")
    behind.dispose()
    return clinic


@pytest.mark.usefixtures("old")
def test_each_name_is_found_by_its_new_key(connection):
    found = connection.execute(
        "SELECT name_key, first_name, last_name, birth_year, gender FROM patient"
    ).fetchall()
    wrong = [row for row in found if row[0] != name_key(*row[1:])]
    assert wrong == []


def test_patients_who_fall_together_are_pairs_and_stay_two(old, connection):
    pairs = list_pairs(connection, old.id, "open", 10)
    assert [(p.younger.id, p.older.id, p.reason, p.line) for p in pairs] == [
        (identity(2), identity(1), "same_name_in_other_spelling", 7),
        (identity(3), identity(1), "same_name_in_other_spelling", 0),
    ]
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (10,)
    assert all(pair.reason in REASONS for pair in pairs)
