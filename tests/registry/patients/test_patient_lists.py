"""Lists of patients: which, in which order, page by page."""

from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.patients.patient_exports import list_exported
from registry.patients.patient_lists import Order, Wanted, count_wanted, list_page
from registry.patients.recent_changes import list_changed_last
from schemas.errors import NotFound
from tests.files import john, maria
from tests.reviewed_account import pair_of

ANN = {"first": "Ann", "last": "De la Cruz", "born": "1961-11-30", "gender": "F", "ehr": "E-3"}


@pytest.fixture
def nights(clinic):
    """Maria, John and Ann on the first night; on the second Maria moves and John stays."""
    first = clinic.send(0, maria(), john(), ANN).imported.id
    second = clinic.send(1, maria(city="Oslo"), john()).imported.id
    return clinic, first, second


def names(found):
    return [each.first_name for each in found]


def pages(read, count):
    """All pages of a list, each after the last patient of the one before."""
    found = page = read(count, None)
    while len(page) == count:
        page = read(count, page[-1].id)
        found = found + page
    return names(found)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (Order("created", is_descending=True), ["Ann", "John", "Maria"]),
        (Order("name"), ["Ann", "Maria", "John"]),
        (Order("name", is_descending=True), ["John", "Maria", "Ann"]),
        (Order("born"), ["John", "Maria", "Ann"]),
    ],
)
def test_pages_follow_one_another_in_each_order(clinic, order, found):
    clinic.send(0, maria(), john(), ANN)

    def read(count, after):
        return list_page(clinic.connection, clinic.account.id, count, order=order, after=after)

    for count in (1, 2, 9):
        assert pages(read, count) == found


def test_who_was_changed_last_comes_first_and_once(nights):
    clinic, *_ = nights

    def read(count, after):
        return list_changed_last(clinic.connection, clinic.account.id, count, after=after)

    for count in (1, 2, 9):
        assert pages(read, count) == ["Maria", "John", "Ann"]
    assert read(1, None)[0].changed_at > read(9, None)[2].changed_at


def test_a_list_is_of_what_an_import_created_or_updated(nights):
    clinic, first, second = nights
    account = clinic.account.id

    def found(**wanted):
        return names(list_page(clinic.connection, account, 9, Wanted(**wanted), Order("name")))

    assert found(import_id=first) == ["Ann", "Maria", "John"]
    assert found(import_id=second) == ["Maria"]
    assert found(import_id=second, outcome="created") == []
    assert found(source="sftp") == []
    assert count_wanted(clinic.connection, account, Wanted(import_id=first)) == 3
    exported = list_exported(clinic.connection, account, Wanted(import_id=second), 9)
    assert [(each.first_name, each.city, each.ehr_id) for each in exported] == [
        ("Maria", "Oslo", "E-1")
    ]


def test_a_list_is_of_what_was_changed_since(nights):
    clinic, *_ = nights
    (finished_at,) = clinic.connection.execute("SELECT max(finished_at) FROM attempt").fetchone()

    def found(since):
        wanted = Wanted(changed_since=since)
        return names(list_page(clinic.connection, clinic.account.id, 9, wanted, Order("name")))

    assert found(finished_at) == ["Maria"]
    assert found(finished_at + timedelta(seconds=1)) == []


def test_a_list_is_of_those_who_wait_for_a_decision(reviewed):
    younger, older = pair_of(reviewed)
    wanted = Wanted(state="review")
    found = list_page(reviewed.connection, reviewed.account.id, 9, wanted)
    assert {each.id for each in found} == {younger, older}
    assert list_page(reviewed.connection, reviewed.account.id, 9, Wanted(state="withdrawn")) == []


def test_an_account_lists_its_own_patients_only(nights):
    clinic, first, _ = nights
    other = add_account(clinic.connection, "other", "thoroughcare")
    assert list_page(clinic.connection, other.id, 9) == []
    assert list_page(clinic.connection, other.id, 9, Wanted(import_id=first)) == []
    assert list_changed_last(clinic.connection, other.id, 9) == []
    (oldest,) = list_page(clinic.connection, clinic.account.id, 1)
    with pytest.raises(NotFound, match="begin with the first page"):
        list_page(clinic.connection, other.id, 9, after=oldest.id)
