"""A person says that two patients of their choice may be one, or are."""

from uuid import uuid4

import pytest

from registry.database.row_level_security import as_account
from registry.decisions.asked_pairs import ask
from schemas.errors import NotAllowed, NotFound
from tests.files import john, maria
from tests.reviewed_account import pair_of


@pytest.fixture
def asks(reviewed):
    """Asks within row-level security, as the portal does."""

    def asked(one, other, account=reviewed):
        account.connection.commit()
        with as_account(account.connection, account.account.id):
            return ask(account.connection, account.reviewer(), one, other)

    return asked


@pytest.fixture
def two(reviewed):
    """Two patients whom nothing connects: (younger, older)."""
    older, younger = reviewed.send(maria()), reviewed.send(john())
    assert reviewed.open_pairs() == []
    return younger, older


def test_two_patients_are_asked_about_with_the_row_of_the_younger_one(reviewed, asks, two):
    younger, older = two
    for ids in ((older, younger), (younger, older)):
        pair = asks(*(each.patient(2) for each in ids))
        assert (pair.younger.id, pair.older.id) == (younger.patient(2), older.patient(2))
        assert (pair.state, pair.reason, pair.weight) == ("open", "asked_by_person", None)
        assert (pair.import_id, pair.line) == (younger.imported.id, 2)
    assert len(reviewed.open_pairs()) == 1


def test_they_are_merged_and_split_like_any_pair(reviewed, asks, two):
    ids = [each.patient(2) for each in two]
    before = reviewed.facts()
    asks(*ids)
    reviewed.judge("same", *ids)
    assert list(reviewed.facts()) == [str(ids[1])]
    reviewed.judge("split", *ids)
    assert reviewed.facts() == before


def test_a_pair_that_was_judged_different_is_open_again(reviewed, asks):
    pair = pair_of(reviewed)
    reviewed.judge("different", *pair)
    assert asks(*pair).state == "open"
    assert reviewed.open_pairs() == [pair]


def test_a_pair_that_is_open_keeps_its_reason(reviewed, asks):
    pair = pair_of(reviewed)
    assert asks(*pair).reason != "asked_by_person"


def test_who_is_no_patient_of_the_account_cannot_be_asked_about(reviewed, open_account, asks, two):
    other = open_account("thoroughcare")
    stranger = other.send(maria()).patient(2)
    known = two[0].patient(2)
    for unknown in (uuid4(), stranger):
        with pytest.raises(NotFound, match=f"no patient {unknown}"):
            asks(known, unknown)
    with pytest.raises(NotAllowed, match="both ids are the same"):
        asks(known, known)
    reviewed.connection.rollback()
    assert reviewed.open_pairs() == []


def test_a_merged_patient_cannot_be_asked_about(reviewed, asks, two):
    younger, older = (each.patient(2) for each in two)
    asks(younger, older)
    reviewed.judge("same", younger, older)
    with pytest.raises(NotFound, match="no patient"):
        asks(younger, older)
