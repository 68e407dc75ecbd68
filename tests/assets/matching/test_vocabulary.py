"""Departments keep the spelling that the account saw first."""

import duckdb
import pytest

from assets.matching.vocabulary import prepare_vocabulary
from registry.accounts.accounts import add_account
from schemas.catalogue import get_format
from tests.files import john, maria

pytestmark = pytest.mark.external_postgres


def test_a_department_keeps_the_spelling_that_the_account_saw_first(send, facts_of):
    first = send(maria(department="Heart Unit"), john(department="HEART UNIT"))
    second = send(john(department="heart unit"))
    assert second.outcomes == ["unchanged"]
    assert facts_of(first.patient(3))["department"] == "Heart Unit"


@pytest.fixture
def engine():
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def prepare(engine, connection, clinic):
    """Prepare the vocabulary of an account for rows with these departments, from line 2 on."""

    def prepare(*departments, account=clinic, without_patient=()):
        rows = list(enumerate(departments, start=2))
        engine.execute("CREATE OR REPLACE TABLE staged (line INTEGER, department VARCHAR)")
        engine.execute("CREATE OR REPLACE TABLE row_patient (line INTEGER)")
        for line, name in rows:
            engine.execute("INSERT INTO staged VALUES (?, ?)", (line, name))
            if line not in without_patient:
                engine.execute("INSERT INTO row_patient VALUES (?)", (line,))
        prepare_vocabulary(engine, connection, get_format("thoroughcare"), account.id)
        return [
            engine.execute(f"SELECT field, folded, name FROM {table} ORDER BY folded").fetchall()
            for table in ("unknown_name", "known_name")
        ]

    return prepare


@pytest.fixture
def cardiology(connection, clinic):
    """The account knows this spelling."""
    connection.execute(
        "INSERT INTO vocabulary (account_id, field, folded, name)"
        " VALUES (%s, 'department', 'cardiology', 'Cardiology')",
        (clinic.id,),
    )


@pytest.mark.usefixtures("cardiology")
def test_only_names_that_the_account_does_not_have_are_unknown(prepare):
    unknown, known = prepare("CARDIOLOGY", "Oncology")
    assert unknown == [("department", "oncology", "Oncology")]
    assert known == [
        ("department", "cardiology", "Cardiology"),
        ("department", "oncology", "Oncology"),
    ]


def test_the_first_spelling_of_a_file_counts(prepare):
    unknown, _ = prepare("HEART unit", "Heart Unit", "heart unit")
    assert unknown == [("department", "heart unit", "HEART unit")]


def test_blank_cells_and_failed_rows_name_nothing(prepare):
    unknown, known = prepare("", None, "Oncology", without_patient={4})
    assert (unknown, known) == ([], [])


@pytest.mark.usefixtures("cardiology")
def test_another_account_has_its_own_spellings(prepare, connection):
    unknown, _ = prepare("CARDIOLOGY", account=add_account(connection, "other", "thoroughcare"))
    assert unknown == [("department", "cardiology", "CARDIOLOGY")]
