"""The last decision about a pair, taken back."""

import pytest

from registry.database.row_level_security import as_account
from registry.decisions.review_queue import read_pair
from registry.decisions.take_back import take_back
from schemas.errors import NotAllowed
from tests.reviewed_account import pair_of


def taken_back(reviewed, one, other):
    reviewed.connection.commit()
    with as_account(reviewed.connection, reviewed.account.id):
        return take_back(reviewed.connection, reviewed.reviewer(), one, other)


def test_a_merge_that_is_taken_back_leaves_two_patients_and_an_open_pair(reviewed):
    younger, older = pair_of(reviewed, second={"city": "Oslo"})
    before = reviewed.facts()
    reviewed.judge("same", younger, older)
    taken_back(reviewed, younger, older)
    assert reviewed.open_pairs() == [(younger, older)]
    assert reviewed.facts() == before


def test_a_pair_that_was_kept_apart_is_open_again_and_has_no_reason(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("different", younger, older)
    taken_back(reviewed, older, younger)
    pair = read_pair(reviewed.connection, reviewed.account.id, younger, older)
    assert (pair.state, pair.judged_by, pair.why_different) == ("open", None, None)


def test_what_nobody_decided_is_not_taken_back(reviewed):
    younger, older = pair_of(reviewed)
    with pytest.raises(NotAllowed, match="not judged yet"):
        taken_back(reviewed, younger, older)
