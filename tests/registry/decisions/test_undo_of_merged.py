"""An undo and a merge about the same patients, in any order: nobody is lost, nothing fails."""

import pytest

from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from tests.files import maria


@pytest.fixture
def two(reviewed):
    """Two imports of Maria under two ids, with what each brought."""
    first = reviewed.send(maria(city="Rome", flags="Red"))
    second = reviewed.send(maria(ehr="E-9", flags="Blue"))
    return first, second


def take_back(reviewed, done):
    imported = get_import(reviewed.connection, done.imported.partition_key)
    found = undo(reviewed.connection, imported, "op", reviewed.reviewer().at)
    reviewed.connection.commit()
    return found


def test_an_undo_of_the_younger_ones_import_leaves_the_surviving_patient_as_they_are(reviewed, two):
    first, second = two
    reviewed.judge("same", second.patient(2), first.patient(2))
    before = reviewed.facts()
    assert take_back(reviewed, second).removed == 0
    assert reviewed.facts() == before


@pytest.mark.external_postgres
def test_an_undo_of_the_older_ones_import_leaves_what_the_younger_one_brought(reviewed, two):
    first, second = two
    reviewed.judge("same", second.patient(2), first.patient(2))
    take_back(reviewed, first)
    held = reviewed.of(first.patient(2))
    assert "address/home/city" not in held
    assert (held["birth_date"], held["flag/blue/name"]) == ("1961-05-27", "Blue")
    assert held["identifier/ehr/value"] == "E-9"
    reviewed.judge("split", second.patient(2), first.patient(2))
    assert reviewed.of(second.patient(2))["flag/blue/name"] == "Blue"
    assert reviewed.send(maria(ehr="E-9")).patient(2) == second.patient(2)


def test_a_patient_who_was_merged_and_split_is_removed_by_an_undo_as_if_never_merged(reviewed, two):
    first, second = two
    before = reviewed.of(first.patient(2))
    reviewed.judge("same", second.patient(2), first.patient(2))
    reviewed.judge("split", second.patient(2), first.patient(2))
    assert take_back(reviewed, second).removed == 1
    assert reviewed.facts() == {str(first.patient(2)): before}


def test_a_pair_goes_with_the_patient_whom_an_undo_removes(reviewed, two):
    take_back(reviewed, two[1])
    assert reviewed.open_pairs() == []
