"""Search for patients by what a person knows of them."""

import pytest

from registry.accounts.accounts import add_account
from registry.database.row_level_security import as_account
from registry.patients.search import MAX_WORDS, search_patients
from tests.files import john, maria
from tests.reviewed_account import pair_of

ANN = {
    "first": "Ann", "last": "De la Cruz", "born": "1961-11-30", "gender": "F", "ehr": "E-3",
    "email": "Ann.Cruz@example.org", "phone": "212-555-0142",
}  # fmt: skip


@pytest.fixture
def people(clinic):
    clinic.send(0, maria(mbi="1EG4-TE5-MK73"), john(), ANN)
    return clinic


def names(found):
    return [each.first_name for each in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lop", ["Maria"]),
        ("LOPEZ, mar", ["Maria"]),
        ("mar lop", ["Maria"]),
        ("mar smi", []),
        ("opez", []),
        ("1961", ["Ann", "Maria"]),
        ("1961-05-27", ["Maria"]),
        ("1961 ann", ["Ann"]),
        ("1961-05-28", []),
        ("1961-02-30", []),
        ("1761", []),
        ("de", ["Ann"]),
        ("de cruz", []),
        ("E-2", ["John"]),
        (" E-2 ", ["John"]),
        ("e-2", ["John"]),
        ("1EG4TE5MK73", ["Maria"]),
        ("E-2 E-1", []),
        ("100% x_", []),
    ],
)
def test_every_word_must_match_and_an_identifier_is_the_whole_text(people, text, found):
    assert names(search_patients(people.connection, people.account.id, text, 9)) == found


def test_words_beyond_the_limit_are_not_looked_at(people):
    text = " ".join(["mar"] * MAX_WORDS + ["zzz"])
    assert names(search_patients(people.connection, people.account.id, text, 9)) == ["Maria"]


def test_patients_are_found_by_name_and_no_more_than_asked_for(people):
    for count in (1, 2):
        found = search_patients(people.connection, people.account.id, "1961", count)
        assert names(found) == ["Ann", "Maria"][:count]


def test_another_account_finds_none_of_them(people):
    other = add_account(people.connection, "other", "thoroughcare")
    for text in ("lop", "E-2", "1961"):
        assert search_patients(people.connection, other.id, text, 9) == []


@pytest.mark.parametrize(
    "text", ["ann.cruz@EXAMPLE.org", "(212) 555-0142", "+1 212 555 0142", "5550142"]
)
def test_a_contact_finds_the_patients_of_the_account_that_is_set(people, text):
    other = add_account(people.connection, "other", "thoroughcare")
    people.connection.commit()
    found = {}
    for account in (people.account, other):
        with as_account(people.connection, account.id):
            found[account.name] = search_patients(people.connection, account.id, text, 9)
            # Whatever it asks: the account is the one that is set.
            crossed = search_patients(people.connection, people.account.id, text, 9)
            assert crossed == found[account.name]
    assert names(found[people.account.name]) == ["Ann"]
    assert found["other"] == []


def test_an_alias_finds_the_surviving_patient(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    for ehr in ("E-1", "E-9"):
        (found,) = search_patients(reviewed.connection, reviewed.account.id, ehr, 9)
        assert found.id == older
