"""Who has a row's names and birth is found among the stored patients, and nobody else."""

import pytest

from registry.accounts.accounts import add_account
from tests.importing import process, put

CARE = "first name,last name,dob,gender,ehr id\n"


@pytest.fixture
def namesakes(database, connection, tmp_path):
    """Imports two files of an account; returns the outcomes of the second, and the reviews."""

    def imported(format_name, first, second):
        account = add_account(connection, format_name, format_name)
        connection.commit()
        for content in (first, second):
            done = process(
                database, connection, put(database, connection, account, content, folder=tmp_path)
            )
        found = connection.execute("SELECT reason, line FROM review ORDER BY line").fetchall()
        return done.outcomes, found

    return imported


@pytest.mark.parametrize(
    ("first", "second", "reviewed"),
    [
        ("C-1,John,Doe,1977,m\n", "C-2,JOHN,Doe,1977,m\n", [("same_name_and_birth", 1)]),
        ("C-1,John,Doe,1977,m\n", "C-2,John,Doe,1978,m\n", []),
        ("C-1,John,Doe,1977,m\n", "C-2,John,Doe,1977,f\n", []),
    ],
)
def test_clients_of_whom_only_a_year_is_known(namesakes, first, second, reviewed):
    assert namesakes("ptdirect", first, second) == (["created"], reviewed)


@pytest.mark.parametrize(
    ("second", "outcomes"),
    [
        ("ANN,Baker,1950-01-02,F,\n", ["updated"]),
        ("Ann,Baker,1950-01-03,F,\n", ["created"]),
        ("Ann,Baker,1950-01-02,M,\n", ["created"]),
        ("Ann,Baker,1950-01-03,F,\nAnn,Baker,1950-01-02,F,\n", ["created", "unchanged"]),
    ],
)
def test_patients_of_whom_the_day_is_known(namesakes, second, outcomes):
    first = CARE + "Ann,Baker,1950-01-02,F,\nAnn,Baker,1950-11-30,F,\n"
    assert namesakes("thoroughcare", first, CARE + second) == (outcomes, [])
