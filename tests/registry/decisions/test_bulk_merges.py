"""Decisions for many: what is drawn, what a sample allows, and how far batches go."""

from uuid import uuid4

import pytest

from registry.database.row_level_security import as_account
from registry.decisions.bulk_merges import (
    cancel,
    count_mergeable,
    list_bulk_merges,
    merge_batch,
    open_bulk_merge,
    read_bulk_merge,
)
from registry.decisions.review_queue import Chosen, list_by_score
from schemas.errors import NotAllowed, NotFound
from tests.files import maria

SAMPLE = 20
NAMES = [f"{first}{last}" for first in "ABCDE" for last in "abcdefgh"]


@pytest.fixture
def many(reviewed):
    """40 people, each under two EHR ids: as many pairs, with a score of 16 to 20."""
    people = [maria(ehr=f"E-{n}", last=f"Sample{name}") for n, name in enumerate(NAMES)]
    reviewed.send(*people)
    reviewed.send(*(each | {"ehr": f"F-{each['ehr']}"} for each in people))
    assert len(reviewed.open_pairs()) == len(NAMES)
    reviewed.connection.execute("UPDATE review SET weight = 16 + (line % 5)")
    reviewed.connection.commit()
    return reviewed


def act(reviewed, function, *arguments):
    reviewed.connection.commit()
    with as_account(reviewed.connection, reviewed.account.id):
        return function(reviewed.connection, reviewed.reviewer(), *arguments)


def draw(reviewed, lowest=16.0):
    return act(reviewed, open_bulk_merge, lowest, SAMPLE)


def sample(reviewed, bulk):
    chosen = Chosen(sample_of=bulk.id)
    found = list_by_score(reviewed.connection, reviewed.account.id, 100, chosen=chosen)
    return [(pair.younger.id, pair.older.id) for pair in found]


def judge_sample(reviewed, bulk, judgement="same"):
    for pair in sample(reviewed, bulk):
        reviewed.judge(judgement, *pair)


def test_nothing_is_merged_before_the_whole_sample_was_judged(many):
    bulk = draw(many)
    assert (bulk.pairs, bulk.rest, bulk.left, bulk.sample_open) == (40, 20, 20, 20)
    with pytest.raises(NotAllowed, match="20 of the 20 sampled pairs are to be judged"):
        act(many, merge_batch, bulk.id)
    first, *others = sample(many, bulk)
    for pair in others:
        many.judge("same", *pair)
    with pytest.raises(NotAllowed, match="1 of the 20 sampled pairs are to be judged"):
        act(many, merge_batch, bulk.id)
    many.judge("same", *first)
    assert act(many, merge_batch, bulk.id).merged == 20


def test_one_pair_that_is_different_ends_all_merging_also_half_way_through(many):
    bulk = draw(many)
    judged = sample(many, bulk)
    judge_sample(many, bulk)
    assert act(many, merge_batch, bulk.id, 5).merged == 5
    many.judge("split", *judged[0])
    with pytest.raises(NotAllowed, match="1 of the 20 sampled pairs is different people"):
        act(many, merge_batch, bulk.id)
    assert len(many.open_pairs()) == 15


def test_batches_merge_the_rest_and_each_merge_can_be_split(many):
    before = many.facts()
    bulk = draw(many)
    judge_sample(many, bulk)
    left = many.open_pairs()
    states = []
    while bulk.state == "open":
        bulk = act(many, merge_batch, bulk.id, 8)
        states.append((bulk.merged, bulk.left, bulk.state))
    assert states == [(8, 12, "open"), (16, 4, "open"), (20, 0, "finished")]
    assert many.open_pairs() == []
    assert len(many.facts()) == 40
    for pair in left:
        many.judge("split", *pair)
    for pair in left:
        assert many.of(pair[0]) == before[str(pair[0])]
    with pytest.raises(NotAllowed, match="this bulk merge is finished"):
        act(many, merge_batch, bulk.id)


def test_what_changed_since_the_drawing_is_left_out(many):
    bulk = draw(many)
    judge_sample(many, bulk)
    lower, judged, *others = many.open_pairs()
    many.connection.execute("UPDATE review SET weight = 15 WHERE patient_id = %s", (lower[0],))
    many.judge("different", *judged)
    bulk = act(many, merge_batch, bulk.id)
    assert (bulk.merged, bulk.left_out, bulk.state) == (len(others), 2, "finished")
    assert many.open_pairs() == [lower]


def test_pairs_of_clusters_and_without_a_score_and_below_it_are_not_drawn(many):
    account = many.account.id
    assert count_mergeable(many.connection, account, 16.0) == 40
    assert count_mergeable(many.connection, account, 20.0) == 8
    vetoed, *_ = many.open_pairs()
    many.connection.execute("UPDATE review SET weight = NULL WHERE patient_id = %s", (vetoed[0],))
    assert count_mergeable(many.connection, account, 16.0) == 39
    many.send(maria(ehr="G-1", last=f"Sample{NAMES[7]}"))  # a third one of the same name
    assert count_mergeable(many.connection, account, 16.0) == 38


def test_what_was_found_later_is_not_merged(many):
    bulk = draw(many)
    judge_sample(many, bulk)
    later = [maria(ehr=f"H-{n}", last="Later", born="1950-01-01") for n in range(2)]
    many.send(*later)
    many.connection.execute("UPDATE review SET weight = 30 WHERE weight IS NULL")
    assert act(many, merge_batch, bulk.id, 100).merged == 20
    assert len(many.open_pairs()) == 1


def test_a_cancelled_bulk_merge_leaves_the_rest_in_the_queue(many):
    bulk = draw(many)
    judge_sample(many, bulk)
    act(many, merge_batch, bulk.id, 4)
    bulk = act(many, cancel, bulk.id)
    assert (bulk.state, bulk.merged, bulk.left) == ("cancelled", 4, 16)
    assert len(many.open_pairs()) == 16
    for function, message in ((merge_batch, "is cancelled"), (cancel, "is cancelled already")):
        with pytest.raises(NotAllowed, match=message):
            act(many, function, bulk.id)
    assert [each.id for each in list_bulk_merges(many.connection, many.account.id)] == [bulk.id]


def test_so_few_pairs_are_judged_one_by_one(many):
    with pytest.raises(NotAllowed, match="only 8 pairs have a score of 20 or more"):
        draw(many, 20.0)
    with pytest.raises(NotAllowed, match="a sample has 20, 60, 150 pairs"):
        act(many, open_bulk_merge, 16.0, 3)
    assert list_bulk_merges(many.connection, many.account.id) == []


def test_another_account_sees_no_bulk_merge(many, open_account):
    bulk, other = draw(many), open_account("thoroughcare")
    with pytest.raises(NotFound):
        act(other, merge_batch, bulk.id)
    with pytest.raises(NotFound):
        read_bulk_merge(many.connection, many.account.id, uuid4())


def test_a_right_sample_leaves_a_share_that_may_be_wrong(many):
    assert draw(many).highest_error == pytest.approx(0.139, abs=0.001)
