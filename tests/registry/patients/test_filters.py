"""The search text of a list of patients: how it is read, and whom it finds."""

from datetime import date
from uuid import UUID

import pytest

from registry.accounts.accounts import add_account, add_facility
from registry.patients.filters import Word, read_filter
from registry.patients.patients import Chosen, count_patients, list_patients
from schemas.errors import NotAllowed


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("john doe", ((Word("john"), Word("doe")),)),
        ('"john doe"', ((Word("john doe"),),)),
        ("john or doe", ((Word("john"),), (Word("doe"),))),
        ("john OR doe -smith", ((Word("john"),), (Word("doe"), Word("smith", is_excluded=True)))),
        ('-"van dyke" john,', ((Word("van dyke", is_excluded=True), Word("john")),)),
        ("or john or", ((Word("john"),),)),
        ("2000-02-03", ((Word("2000-02-03"),),)),
        ("O'Brien-Smith", ((Word("O'Brien-Smith"),),)),
    ],
)
def test_a_search_text_is_read_as_documented(text, read):
    assert read_filter(text) == read


@pytest.mark.parametrize("text", ["", "  ", "or", '""', "-", "%", "a " * 21])
def test_a_search_text_without_words_or_with_too_many_is_refused(text):
    with pytest.raises(NotAllowed, match="1 to 20 words"):
        read_filter(text)


PEOPLE = (
    ("John", "Doe", date(2000, 2, 3)),
    ("John Gray", "Doe", date(1999, 2, 3)),
    ("José", "O'Brien", date(1961, 4, 2)),
    ("Doe", "Johnson", date(2000, 12, 31)),
)


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "harbor", "metriport")
    pier = add_facility(connection, account, "Pier Clinic")
    for number, (first, last, born) in enumerate(PEOPLE, 1):
        connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_date,"
            " birth_year, gender) VALUES (%s, %s, 1, %s, %s, %s, %s, 'F')",
            (UUID(int=number), account.id, first, last, born, born.year),
        )
    connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " VALUES (%s, 'external', 'ABCD-1', %s)",
        (UUID(int=3), account.id),
    )
    connection.execute(
        "INSERT INTO patient_facility (patient_id, item, facility_id) VALUES (%s, %s, %s)",
        (UUID(int=4), str(pier.id), pier.id),
    )
    return account, pier


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("john", [1, 2]),
        ("JOHN doe", [1, 2]),
        ('"john doe"', [1]),
        ("john or johnson", [1, 2, 4]),
        ("doe -john", [4]),
        ("doe 2000", [1, 4]),
        ("2000-12", [4]),
        ("2000-02-03", [1]),
        ("joh", []),
        ("jose", [3]),
        ("o'brien", [3]),
        ("ABCD-1", [3]),
        (str(UUID(int=2)), [2]),
        ("pier", [4]),
        ('"pier clinic"', [4]),
        ("pier john", []),
        ("john or pier or ABCD-1", [1, 2, 3, 4]),
        ("jo%n", []),
        ("\\ or 1=1", []),
        ("'; DROP TABLE patient; --", []),
    ],
)
def test_words_find_patients(connection, clinic, text, found):
    account, _ = clinic
    chosen = Chosen(filters=text)
    listed = list_patients(connection, account.id, 9, chosen)
    assert [each.id.int for each in listed] == found
    assert count_patients(connection, account.id, chosen) == len(found)


def test_the_id_of_a_facility_finds_its_patients(connection, clinic):
    account, pier = clinic
    (found,) = list_patients(connection, account.id, 9, Chosen(filters=str(pier.id)))
    assert found.id == UUID(int=4)


def test_a_search_is_paged_both_ways(connection, clinic):
    account, _ = clinic
    chosen = Chosen(filters="doe")
    ids = [each.id for each in list_patients(connection, account.id, 9, chosen)]
    after = list_patients(connection, account.id, 1, chosen, after=ids[0])
    before = list_patients(connection, account.id, 1, chosen, before=ids[2])
    assert [each.id for each in (*after, *before)] == [ids[1], ids[1]]


@pytest.mark.usefixtures("clinic")
def test_words_of_another_account_find_nothing(connection):
    other = add_account(connection, "bay", "metriport")
    assert list_patients(connection, other.id, 9, Chosen(filters="john or ABCD-1")) == []
