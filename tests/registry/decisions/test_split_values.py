"""Which values a split restores: what else asserts a value decides, not the order of merges."""

import pytest

from registry.decisions.review_queue import read_pair
from registry.decisions.split_values import find_values_to_restore, read_merge
from tests.files import maria
from tests.reviewed_account import pair_of, three

CITY, EHR, RED, BLUE = (
    "address/home/city", "identifier/ehr/value", "flag/red/name", "flag/blue/name",
)  # fmt: skip


def restored(reviewed, younger, older):
    """What splitting the pair would write at the older patient."""
    pair = read_pair(reviewed.connection, reviewed.account.id, younger, older)
    merge = read_merge(reviewed.connection, pair)
    return find_values_to_restore(reviewed.connection, pair, merge, reviewed.of(older))


def test_a_merge_is_read_as_what_it_gave_and_what_it_took(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo", "flags": "Red"})
    taken = reviewed.of(younger)
    reviewed.judge("same", younger, older)
    pair = read_pair(reviewed.connection, reviewed.account.id, younger, older)
    merge = read_merge(reviewed.connection, pair)
    assert merge.taken == taken
    # The names, which both have, are no change.
    assert merge.given == {CITY: ("Rome", "Oslo"), RED: (None, "Red"), EHR: ("E-1", "E-9")}
    version = reviewed.connection.execute("SELECT registry_version FROM account").fetchone()[0]
    assert merge.version == version


def test_what_the_merge_gave_is_taken_out_again(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo", "flags": "Red"})
    reviewed.judge("same", younger, older)
    assert restored(reviewed, younger, older) == {CITY: "Rome", RED: None, EHR: "E-1"}


def test_a_value_that_a_later_file_carried_stays(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo", "flags": "Red; Blue"})
    reviewed.judge("same", younger, older)
    reviewed.send(maria(ehr="E-9", city="Oslo", flags="Red"))
    assert restored(reviewed, younger, older) == {BLUE: None, EHR: "E-1"}


@pytest.fixture
def merged(reviewed):
    """A with flag nothing, B (Oslo, Red) and then C (Bern, Red, Blue) merged into A."""
    a, b, c = three(reviewed, city="Bern")
    reviewed.judge("same", b, a)
    reviewed.judge("same", c, a)
    return a, b, c


def test_a_value_that_another_merged_patient_has_stays(reviewed, merged):
    a, b, c = merged
    assert restored(reviewed, b, a) == {}
    assert restored(reviewed, c, a) == {CITY: "Oslo", BLUE: None, EHR: "E-8"}


@pytest.mark.parametrize("first", [1, 2], ids=["b first", "c first"])
def test_the_last_split_takes_out_what_both_brought(reviewed, merged, first):
    a, second = merged[0], merged[3 - first]
    reviewed.judge("split", merged[first], a)
    found = restored(reviewed, second, a)
    assert found[CITY] is None
    assert found[RED] is None
    assert found[EHR] == "E-1"
