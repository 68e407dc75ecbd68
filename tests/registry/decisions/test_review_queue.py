"""The review queue: pages that miss no pair and repeat none."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from registry.accounts.accounts import add_account
from registry.decisions.review_queue import (
    account_of_pair,
    list_pairs,
    next_open,
    open_pairs_of,
    read_pair,
)
from schemas.errors import NotFound
from tests.files import maria
from tests.nights import MONDAY
from tests.reviewed_account import pair_of, three

IMPORT = UUID(int=7)


@pytest.fixture
def account(connection):
    return add_account(connection, "clinic", "thoroughcare")


@pytest.fixture
def add_pairs(connection, account):
    """Adds pairs by (minute in which each was found, state, minute in which it was judged)."""

    def added(*pairs):
        for number, (found, state, judged) in enumerate(pairs):
            connection.execute(
                "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id,"
                " attempt, line, state, created_at, judged_at, judged_by)"
                " VALUES (%s, %s, %s, 'same_name_and_birth', %s, 1, 2, %s, %s, %s, %s)",
                (
                    UUID(int=100 + number), UUID(int=number), account.id, IMPORT, state,
                    MONDAY + timedelta(minutes=found),
                    None if judged is None else MONDAY + timedelta(minutes=judged),
                    None if judged is None else "rita",
                ),
            )  # fmt: skip

    return added


def numbers(pairs):
    return [pair.older.id.int for pair in pairs]


def all_pages(connection, account, which, count):
    """Every page of a list, as the numbers of its pairs."""
    pages, after = [], None
    while page := list_pairs(connection, account.id, which, count, after):
        pages.append(numbers(page))
        after = page[-1].position
    return pages


def test_open_pairs_come_the_oldest_first_page_by_page(connection, account, add_pairs):
    # Pairs of one file are found at the same instant; then their ids decide.
    add_pairs((5, "open", None), (1, "open", None), (5, "open", None), (2, "different", 9),
              (5, "open", None), (3, "moved", None))  # fmt: skip
    assert all_pages(connection, account, "open", 2) == [[1, 0], [2, 4]]
    assert all_pages(connection, account, "open", 9) == [[1, 0, 2, 4]]


def test_judged_pairs_come_the_latest_first_page_by_page(connection, account, add_pairs):
    add_pairs((1, "same", 5), (2, "different", 9), (3, "different", 5), (4, "open", None),
              (5, "moved", None), (6, "same", 7))  # fmt: skip
    assert all_pages(connection, account, "judged", 2) == [[1, 5], [2, 0]]
    (latest, *_) = list_pairs(connection, account.id, "judged", 1)
    assert (latest.state, latest.judged_by) == ("different", "rita")
    assert latest.judged_at == MONDAY + timedelta(minutes=9)


def test_a_pair_that_is_judged_between_two_pages_moves_no_other(connection, account, add_pairs):
    add_pairs(*[(minute, "open", None) for minute in range(4)])
    first = list_pairs(connection, account.id, "open", 2)
    connection.execute(
        "UPDATE review SET state = 'different' WHERE other_patient_id = %s", (UUID(int=0),)
    )
    following = list_pairs(connection, account.id, "open", 2, first[-1].position)
    assert numbers(following) == [2, 3]


def test_the_next_open_pair_follows_or_is_the_first_again(connection, account, add_pairs):
    add_pairs((1, "open", None), (2, "open", None))
    first, second = list_pairs(connection, account.id, "open", 9)
    assert next_open(connection, account.id, first.position) == second
    assert next_open(connection, account.id, second.position) == first
    connection.execute("DELETE FROM review")
    assert next_open(connection, account.id, second.position) is None


def test_a_pair_is_found_in_whichever_order_its_patients_are_named(reviewed):
    younger, older = pair_of(reviewed, {"mbi": "1EG4-TE5-MK73"})
    for one, other in ((younger, older), (older, younger)):
        pair = read_pair(reviewed.connection, reviewed.account.id, one, other)
        assert (pair.younger.id, pair.older.id) == (younger, older)
    assert (pair.file_name, pair.line, pair.reason) == ("roster.csv", 2, "identifier_differs")
    assert pair.older.identifiers == (("ehr", "E-1"), ("mbi", "1EG4TE5MK73"))
    with pytest.raises(NotFound, match="no pair of the review queue"):
        read_pair(reviewed.connection, reviewed.account.id, younger, uuid4())


def test_the_open_pairs_of_a_patient(reviewed):
    a, b, c = three(reviewed)
    account = reviewed.account.id
    for patient, others in ((a, [b, c]), (b, [a, c]), (c, [a, b])):
        pairs = open_pairs_of(reviewed.connection, account, patient)
        named = [{pair.younger.id, pair.older.id} - {patient} for pair in pairs]
        assert named == [{each} for each in others]
    assert open_pairs_of(reviewed.connection, account, uuid4()) == []
    assert open_pairs_of(reviewed.connection, account + 1, a) == []


def test_the_account_of_a_pair_is_found_by_either_patient(reviewed):
    younger, older = pair_of(reviewed)
    for patient in (younger, older):
        assert account_of_pair(reviewed.connection, patient) == reviewed.account.id
    single = reviewed.send({**maria(), "first": "Zoe", "ehr": "E-5"}).patient(2)
    with pytest.raises(NotFound, match="rosterline review list"):
        account_of_pair(reviewed.connection, single)
