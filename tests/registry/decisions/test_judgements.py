"""What a reviewer decides about a pair: once, and of two reviewers the first."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from registry.database.connections import connect
from registry.decisions.judgements import (
    Reviewer,
    ask_again,
    changes_between,
    different,
    locked_pair,
    what_became_of,
)
from registry.decisions.merge import same
from registry.decisions.review_queue import read_pair
from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from schemas.errors import NotAllowed, NotFound
from tests.files import maria
from tests.nights import MONDAY
from tests.reviewed_account import pair_of


def test_a_pair_is_judged_once(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    for act in ("same", "different"):
        with pytest.raises(NotAllowed, match=r"judged 'same' already, by rita@clinic.test on 20"):
            reviewed.judge(act, younger, older)
    with pytest.raises(NotAllowed, match="judged 'same' already"):
        reviewed.judge("ask again", younger, older)


def test_a_pair_of_another_account_does_not_exist(reviewed, open_account):
    younger, older = pair_of(reviewed)
    other = open_account("thoroughcare")
    for act in ("same", "different", "split", "ask again"):
        with pytest.raises(NotFound):
            other.judge(act, younger, older)
    assert reviewed.open_pairs() == [(younger, older)]


def test_different_people_stay_two_and_are_not_asked_about_again(reviewed):
    younger, older = pair_of(reviewed)
    before = reviewed.facts()
    reviewed.judge("different", younger, older)
    done = reviewed.send(maria(), maria(ehr="E-9"))
    assert done.outcomes == ["unchanged", "unchanged"]
    assert (reviewed.open_pairs(), reviewed.facts()) == ([], before)
    reviewed.judge("ask again", younger, older)
    assert reviewed.open_pairs() == [(younger, older)]


def test_a_pair_that_is_open_can_be_neither_split_nor_asked_again(reviewed):
    younger, older = pair_of(reviewed)
    for act in ("split", "ask again"):
        with pytest.raises(NotAllowed, match="not judged yet"):
            reviewed.judge(act, younger, older)


@pytest.mark.parametrize("judgements", [(same, same), (different, different), (same, different)])
def test_of_two_reviewers_at_once_one_judges_and_the_other_hears_who_did(
    reviewed, database, judgements
):
    younger, older = pair_of(reviewed)
    reviewed.connection.commit()

    def judge(judgement, name):
        with connect(database) as own:
            try:
                judgement(own, Reviewer(reviewed.account.id, name, MONDAY), younger, older)
            except NotAllowed as error:
                return str(error)
            own.commit()
            return name

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(judge, judgements, ("rita", "sam")), key=len)
    winner, refusal = answers
    assert winner in {"rita", "sam"}
    assert f"already, by {winner} on 2026-11-16 at 12:00 UTC" in refusal


def test_a_pair_that_is_being_judged_is_locked_for_others(reviewed, database):
    younger, older = pair_of(reviewed)
    reviewed.connection.commit()
    locked_pair(reviewed.connection, reviewer(reviewed), younger, older)
    with connect(database) as other:
        rows = other.execute("SELECT FROM review FOR UPDATE SKIP LOCKED").fetchall()
    assert rows == []


def test_a_pair_is_not_asked_again_about_a_patient_whom_an_undo_removed(reviewed):
    reviewed.send(maria())
    done = reviewed.send(maria(ehr="E-9"))
    ((younger, older),) = reviewed.open_pairs()
    reviewed.judge("different", younger, older)
    imported = get_import(reviewed.connection, done.imported.partition_key)
    undo(reviewed.connection, imported, "op", MONDAY)
    message = f"patient {younger} is not in the registry any more"
    with pytest.raises(NotAllowed, match=message):
        ask_again(reviewed.connection, reviewer(reviewed), younger, older)


def test_what_became_of_a_merged_patient_names_the_surviving_one(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    said = what_became_of(reviewed.connection, reviewer(reviewed), younger)
    assert said == f"was merged into patient {older} since"
    said = what_became_of(reviewed.connection, reviewer(reviewed), UUID(int=1))
    assert said == "is not in the registry any more"


def reviewer(reviewed):
    return Reviewer(reviewed.account.id, "rita", MONDAY)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {}, {}),
        ({"city": "Rome"}, {"city": "Rome"}, {}),
        ({"city": "Rome", "score": "1"}, {"city": "Oslo"},
         {"city": ("Rome", "Oslo"), "score": ("1", None)}),
        ({}, {"b": "1", "a": "2"}, {"b": (None, "1"), "a": (None, "2")}),
    ],
)  # fmt: skip
def test_changes_are_the_values_that_differ_in_their_order(before, after, changes):
    found = changes_between(before, after)
    assert found == changes
    assert list(found) == list(changes)


def test_why_two_are_different_is_kept_with_the_pair(reviewed):
    younger, older = pair_of(reviewed)
    different(reviewed.connection, reviewed.reviewer(), younger, older, "twins")
    pair = read_pair(reviewed.connection, reviewed.account.id, younger, older)
    assert (pair.state, pair.why_different) == ("different", "twins")
    reviewed.send(maria(ehr="E-9"))
    assert reviewed.open_pairs() == [], "no later file asks"


def test_a_reason_that_nobody_knows_is_refused(reviewed):
    younger, older = pair_of(reviewed)
    with pytest.raises(NotAllowed, match="none of the reasons: twins, relatives, other"):
        different(reviewed.connection, reviewed.reviewer(), younger, older, "strangers")
    assert reviewed.open_pairs() == [(younger, older)]
