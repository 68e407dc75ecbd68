"""What follows a merged patient: open pairs, aliases, document queries; and how they come back."""

import pytest

from registry.documents.progress import latest_queries
from registry.patients.merged_ids import read_aliases
from schemas.errors import NotAllowed
from tests.reviewed_account import pair_of, three


def test_a_pair_about_a_merged_patient_asks_about_the_surviving_one(reviewed):
    a, b, c = three(reviewed)
    reviewed.judge("different", c, a)
    reviewed.judge("ask again", c, a)
    reviewed.judge("same", b, a)
    assert reviewed.open_pairs() == [(c, a)]
    with pytest.raises(NotAllowed, match="the queue asks about that patient instead"):
        reviewed.judge("same", c, b)
    reviewed.judge("split", b, a)
    assert reviewed.open_pairs() == [(c, a), (c, b)]


def test_a_pair_that_was_not_asked_before_is_asked_in_its_place_and_goes_with_the_split(reviewed):
    a, b, c = three(reviewed)
    reviewed.connection.execute(
        "DELETE FROM review WHERE patient_id = %s AND other_patient_id = %s", (c, a)
    )
    reviewed.judge("same", b, a)
    assert reviewed.open_pairs() == [(c, a)]
    reviewed.judge("split", b, a)
    assert reviewed.open_pairs() == [(c, b)]


def test_a_pair_whose_other_patient_was_merged_meanwhile_comes_back_with_that_split(reviewed):
    a, b, c = three(reviewed)
    reviewed.judge("same", c, b)
    reviewed.judge("same", b, a)
    assert reviewed.open_pairs() == []
    reviewed.judge("split", b, a)
    # (c, a) waits for the split of c, who is still merged into b; the queue asks about (b, a) no
    # more, because the split said that they are different.
    assert reviewed.open_pairs() == []
    reviewed.judge("split", c, b)
    assert reviewed.open_pairs() == [(c, a)]


def test_the_aliases_of_a_merged_patient_follow_and_come_back(reviewed):
    a, b, c = three(reviewed)
    account = reviewed.account.id
    reviewed.judge("same", c, b)
    assert read_aliases(reviewed.connection, account, b) == [("ehr", "E-8")]
    reviewed.judge("same", b, a)
    assert read_aliases(reviewed.connection, account, b) == []
    assert read_aliases(reviewed.connection, account, a) == [("ehr", "E-1"), ("ehr", "E-8")]
    reviewed.judge("split", b, a)
    assert read_aliases(reviewed.connection, account, a) == []
    assert read_aliases(reviewed.connection, account, b) == [("ehr", "E-8")]


def insert_query(reviewed, import_id, patient, *, is_claimed=False):
    reviewed.connection.execute(
        "INSERT INTO document_query (import_id, attempt, patient_id, account_id, state, claimed_at)"
        " VALUES (%s, 1, %s, %s, 'processing', CASE WHEN %s THEN now() END)",
        (import_id, patient, reviewed.account.id, is_claimed),
    )


@pytest.fixture
def pair(reviewed):
    return pair_of(reviewed)


@pytest.fixture
def import_id(reviewed):
    (found,) = reviewed.connection.execute("SELECT id FROM import ORDER BY id LIMIT 1").fetchone()
    return found


def test_a_document_query_that_waits_asks_about_the_surviving_patient(reviewed, pair, import_id):
    insert_query(reviewed, import_id, pair[0])
    reviewed.judge("same", *pair)
    assert list(latest_queries(reviewed.connection, pair)) == [pair[1]]


def test_a_document_query_that_is_being_sent_is_left_alone(reviewed, pair, import_id):
    insert_query(reviewed, import_id, pair[0], is_claimed=True)
    reviewed.judge("same", *pair)
    assert list(latest_queries(reviewed.connection, pair)) == [pair[0]]


def test_of_two_queries_of_one_import_the_survivors_own_is_enough(reviewed, pair, import_id):
    for patient in pair:
        insert_query(reviewed, import_id, patient)
    reviewed.judge("same", *pair)
    assert set(latest_queries(reviewed.connection, pair)) == set(pair)
