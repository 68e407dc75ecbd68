"""An identifier that leads to somebody else is never silent; newborns without names stay apart."""

import pytest

from registry.accounts.accounts import add_account, change_settings
from registry.ledger.let_through import let_through
from tests.importing import process, put
from tests.state import facts

pytestmark = pytest.mark.external_postgres

HEADER = "first name,last name,dob,gender,ehr id,medicare id,city\n"
NIGHT = HEADER + (
    "Ann,Baker,1950-01-02,F,M-1,,Rome\n"
    "Bob,Carter,1961-03-04,M,M-2,,Oslo\n"
    "Cleo,Dunn,1972-05-06,F,M-3,,Bern\n"
)
SHIFTED = HEADER + (
    "Ann,Baker,1950-01-02,F,M-3,,Rome\n"
    "Bob,Carter,1961-03-04,M,M-1,,Oslo\n"
    "Cleo,Dunn,1972-05-06,F,M-2,,Bern\n"
)
MBI = "1EG4-TE5-MK73"


@pytest.fixture
def send(database, connection, tmp_path):
    """Sends files of an account of a format; each is processed."""
    accounts = {}

    def sent(content, format_name="thoroughcare", **options):
        if format_name not in accounts:
            accounts[format_name] = add_account(connection, format_name, format_name)
            connection.commit()
        account = accounts[format_name]
        imported = put(database, connection, account, content, folder=tmp_path, **options)
        return process(database, connection, imported)

    sent.accounts = accounts
    return sent


@pytest.fixture
def held(connection, send):
    """The stored patients of a format's account, by first name."""

    def of(format_name="thoroughcare"):
        found = facts(connection, send.accounts[format_name].id).values()
        return {each["first_name"]: each for each in found}

    return of


@pytest.fixture
def asked(connection):
    """(patient's first name, line, whether the row was written) of changed identities to judge."""
    return lambda: connection.execute(
        "SELECT patient.first_name, line, is_applied FROM identity_review"
        " JOIN patient ON identity_review.patient_id = patient.id ORDER BY line"
    ).fetchall()


@pytest.fixture
def reviews(connection):
    return lambda: connection.execute("SELECT reason, line FROM review").fetchall()


def test_a_row_that_shares_nothing_but_the_ehr_id_fails_and_is_for_a_person_to_judge(
    send, held, asked, reviews
):
    send(NIGHT)
    before = held()
    done = send(HEADER + "Ann,Baker,1950-01-02,F,M-2,,Rome\nDora,Eck,1980-01-02,F,M-4,,Rome\n")
    assert done.outcomes == ["errored", "created"]
    assert done.codes(2) == ["identity_changed"]
    assert {name: each for name, each in held().items() if name != "Dora"} == before
    assert asked() == [("Bob", 2, False)]
    assert reviews() == [], "Bob and Ann are no pair: nobody takes them for one person"


def test_within_one_file_too_an_ehr_id_is_one_persons(send, held, asked):
    done = send(HEADER + "Ann,Baker,1950-01-02,F,M-1,,\nBob,Carter,1961-03-04,M,M-1,,\n")
    assert done.outcomes == ["created", "errored"]
    assert done.codes(3) == ["identity_changed"]
    assert list(held()) == ["Ann"]
    assert asked() == [("Ann", 3, False)]


@pytest.mark.parametrize(
    "row",
    ["Annie,Miller,1950-01-02,F", "Ann,Miller,1950-02-01,F", "Anne,Baker,1951-01-02,M"],
)
def test_a_marriage_a_new_first_name_or_a_corrected_birthday_update(send, row):
    send(NIGHT)
    done = send(f"{HEADER}{row},M-1,,\n")
    assert (done.outcomes, done.codes(2)) == (["updated"], [])


def test_a_couple_under_one_medicare_id_is_a_conflict(send, held):
    first = f"Ann,Baker,1950-01-02,F,E-1,{MBI},\n"
    done = send(f"{HEADER}{first}Bob,Baker,1948-03-04,M,E-2,{MBI},\n")
    assert done.outcomes == ["created", "errored"]
    assert done.codes(3) == ["identifier_conflict"]
    again = send(f"{HEADER}Bob,Baker,1948-03-04,M,E-2,{MBI},\n")
    assert again.codes(2) == ["identifier_conflict"]
    assert held()["Ann"]["identifier/ehr/value"] == "E-1"


def test_a_shifted_column_holds_the_file_until_it_is_let_through(send, held, connection, database):
    send(NIGHT)
    before = held()
    done = send(SHIFTED)
    assert (done.imported.state, done.attempt.fault_code) == ("failed", "identities_changed")
    assert done.attempt.reason.startswith("3 of 3 rows, the first on line 2,")
    assert held() == before
    change_settings(connection, send.accounts["thoroughcare"], {"identity_change_percent": 100})
    connection.commit()
    again = process(database, connection, done.imported, again=True)
    assert again.outcomes == ["errored"] * 3
    assert held() == before


def test_a_held_file_is_let_through_alone_and_the_next_one_is_held_again(
    send, held, asked, connection, database
):
    send(NIGHT)
    before = held()
    done = send(SHIFTED)
    let_through(connection, done.imported.id, "rita")
    again = process(database, connection, done.imported, again=True)
    assert (again.imported.state, again.outcomes) == ("completed", ["errored"] * 3)
    assert (held(), len(asked())) == (before, 3)
    assert send(SHIFTED).attempt.fault_code == "identities_changed"


def test_two_such_rows_do_not_hold_a_file(send):
    send(NIGHT)
    done = send("".join(SHIFTED.splitlines(keepends=True)[:3]))
    assert (done.imported.state, done.outcomes) == ("completed", ["errored", "errored"])


def test_a_client_who_becomes_another_keeps_nothing_of_the_former(send, held, asked):
    send("C-1,John,Doe,1977,m,j@x.org,0012125551212,abc-123,Acme\n", "ptdirect")
    done = send("C-1,Jane,Roe,1980,f,,,xyz-9,\n", "ptdirect")
    assert (done.outcomes, done.codes(1)) == (["updated"], ["identity_changed"])
    assert asked() == [("Jane", 1, True)]
    assert held("ptdirect")["Jane"] == {
        "first_name": "Jane",
        "last_name": "Roe",
        "birth_year": "1980",
        "gender": "F",
        "identifier/internal/value": "C-1",
        "condition/xyz-9/code": "xyz-9",
    }


def test_within_one_file_a_client_who_becomes_another_keeps_nothing_of_the_former(send, held):
    done = send("C-1,John,Doe,1977,m,,,abc-123,Acme\nC-1,Jane,Roe,1980,f\n", "ptdirect")
    assert done.codes(2) == ["duplicate_in_file", "identity_changed"]
    assert {a for a in held("ptdirect")["Jane"] if "/" in a} == {"identifier/internal/value"}


def test_a_client_who_marries_keeps_everything(send, held):
    send("C-1,Jane,Doe,1977,f,,,abc-123,Acme\n", "ptdirect")
    done = send("C-1,Jane,Roe,1977,f\n", "ptdirect")
    assert done.codes(1) == []
    assert held("ptdirect")["Jane"]["condition/abc-123/code"] == "abc-123"


@pytest.mark.parametrize(
    "name",
    ["Baby Boy", "BABY GIRL A", "Newborn", "Twin B", "infant", "BabyBoy2", "Baby of Maria",
     "Unknown", "NULL"],
)  # fmt: skip
def test_newborns_without_a_name_are_two_patients_and_a_review(send, reviews, name):
    row = f"{name},Reed,2026-11-01,M,,,\n"
    done = send(HEADER + row + row)
    assert done.outcomes == ["created", "created"]
    assert reviews() == [("same_name_and_birth", 3)]
    assert send(HEADER + row).outcomes == ["created"]


@pytest.mark.parametrize(
    "name", ["Boyd", "Babette", "Ingrid", "Girlie", "Twinkle", "Na", "Nan", "Nil"]
)
def test_names_that_begin_like_a_placeholder_are_names(send, name):
    row = f"{name},Reed,2026-11-01,M,,,\n"
    done = send(HEADER + row + row)
    assert done.outcomes == ["created", "unchanged"]
    assert done.messages(3)[0] == "the same patient was first seen on line 2"


def test_a_newborn_with_an_identifier_is_known_by_it(send):
    row = HEADER + "Baby Boy,Reed,2026-11-01,M,T-1,,\n"
    send(row)
    assert send(row).outcomes == ["unchanged"]


def test_newborns_of_an_api_caller_are_two_patients_too(send, reviews):
    header = "firstName,lastName,dob,gender,addressLine1,city,state,zip\n"
    row = "Baby Girl,Hill,2026-11-02,F,1 Main St,Troy,NY,12180\n"
    assert send(header + row + row, "metriport").outcomes == ["created", "created"]
    assert reviews() == [("same_name_and_birth", 3)]


def test_the_same_patient_twice_in_an_api_callers_file_names_the_first_line(send):
    header = "firstName,lastName,dob,gender,addressLine1,city,state,zip\n"
    row = "Ada,Hill,1980-11-02,F,1 Main St,Troy,NY,12180\n"
    done = send(header + row + row, "metriport")
    assert done.codes(3) == ["duplicate_in_file"]
    assert done.messages(3) == ["the same patient was first seen on line 2"]
