"""The review queue: pages that miss no pair and repeat none."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from registry.accounts.accounts import add_account
from registry.decisions.clusters import next_task
from registry.decisions.review_queue import (
    Chosen,
    account_of_pair,
    list_by_score,
    list_pairs,
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


def next_open(connection, account, pair):
    task = next_task(connection, account.id, pair.rank)
    return task and task.pair


def test_the_next_open_pair_follows_or_is_the_first_again(connection, account, add_pairs):
    add_pairs((1, "open", None), (2, "open", None))
    first, second = list_pairs(connection, account.id, "open", 9)
    assert next_open(connection, account, first) == second
    assert next_open(connection, account, second) == first
    connection.execute("DELETE FROM review")
    assert next_open(connection, account, second) is None


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


EVIDENCE = [
    {"field": "phone", "title": "phone", "level": "same", "words": "the same", "weight": 8.0},
    {"field": "first_name", "title": "first name", "level": "other", "words": "differs",
     "weight": -3.0},
    {"field": "zip", "title": "zip", "level": "same", "words": "the same", "weight": 0.0},
]  # fmt: skip


@pytest.fixture
def add_scores(connection, add_pairs):
    """Adds open pairs with these scores; None for a pair without one."""

    def added(*weights, **columns):
        add_pairs(*[(minute, "open", None) for minute in range(len(weights))])
        for number, weight in enumerate(weights):
            connection.execute(
                "UPDATE review SET weight = %s, evidence = %s WHERE other_patient_id = %s",
                (weight, weight and Jsonb(EVIDENCE), UUID(int=number)),
            )
        for column, values in columns.items():
            for number, value in enumerate(values):
                connection.execute(
                    f"UPDATE review SET {column} = %s WHERE other_patient_id = %s".encode(),
                    (value, UUID(int=number)),
                )

    return added


def all_ranks(connection, account, count):
    pages, after = [], None
    while page := list_by_score(connection, account.id, count, after):
        pages.append(numbers(page))
        after = page[-1].rank
    return pages


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_open_pairs_come_by_score_page_by_page_and_those_without_one_last(
    connection, account, add_scores, count
):
    add_scores(None, 5.0, 20.0, -3.0, 5.0, None)
    pages = all_ranks(connection, account, count)
    assert [pair for page in pages for pair in page] == [2, 1, 4, 3, 0, 5]
    assert {len(page) for page in pages[:-1]} <= {count}


def test_the_next_pair_by_score_follows_or_is_the_first_again(connection, account, add_scores):
    add_scores(5.0, None, 20.0)
    found = list_by_score(connection, account.id, 9)
    following = [next_open(connection, account, each) for each in found]
    assert numbers(following) == [0, 1, 2]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(), [3, 0, 1, 2]),
        (Chosen(reason="similar"), [3, 0]),
        (Chosen(band="very likely"), [3]),
        (Chosen(band="likely"), [0]),
        (Chosen(band="possible"), [1]),
        (Chosen(import_id=UUID(int=8)), [0]),
        (Chosen(found_from=MONDAY + timedelta(minutes=2)), [3, 2]),
        (Chosen(reason="similar", band="possible"), []),
    ],
    ids=str,
)
def test_a_list_is_narrowed_by_reason_score_import_and_age(
    connection, account, add_scores, chosen, found
):
    add_scores(
        14.9, 7.9, None, 15.0,
        reason=["similar", "identifier_differs", "same_name_and_birth", "similar"],
        import_id=[UUID(int=8), IMPORT, IMPORT, IMPORT],
    )  # fmt: skip
    assert numbers(list_by_score(connection, account.id, 9, chosen=chosen)) == found
    oldest_first = list_pairs(connection, account.id, "open", 9, chosen=chosen)
    assert numbers(oldest_first) == sorted(found)


def test_the_evidence_of_a_pair_is_said_in_plain_words_the_heaviest_first(
    connection, account, add_scores
):
    add_scores(12.0, None)
    scored, unscored = list_by_score(connection, account.id, 9)
    assert [line.sentence for line in scored.evidence] == [
        "phone the same: strong for",
        "first name differs: against",
        "zip the same: neither",
    ]
    assert (scored.band, unscored.band, unscored.evidence) == ("likely", None, ())
