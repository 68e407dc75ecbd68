"""When each value was last asserted: carried by a file, or set by a person."""

from datetime import timedelta

import pytest

from registry.decisions.undo import undo
from registry.patients.history import read_record
from registry.patients.last_asserted import (
    addresses_asserted_since,
    addresses_ever_asserted,
    asserted_facts,
    item_hash,
)
from registry.patients.patients import set_opt_out
from rosters.value_macros import load_macros
from tests.files import maria
from tests.nights import MONDAY
from tests.reviewed_account import pair_of

CITY, SCORE, OPT_OUT = "address/home/city", "risk_score", "hie_opt_out"
FRAIL, ALONE = "flag/frail/name", "flag/lives alone/name"


def days(account, patient):
    """By address: the day on which its value was last asserted."""
    record = read_record(account.connection, account.account.id, patient)
    found = asserted_facts(account.connection, account.account.id, record)
    return {address: (asserted.at - MONDAY).days for address, asserted in found.items()}


def version(account):
    """The account's registry_version as it is now."""
    return account.connection.execute("SELECT registry_version FROM account").fetchone()[0]


def test_a_file_asserts_what_it_changes_and_what_it_repeats(clinic):
    done = clinic.send(0, maria(city="Rome", score="1", flags="Frail; Lives alone"))
    clinic.send(2, maria(city="Rome", flags="Frail"))
    clinic.send(4, maria(score="2"))
    found = days(clinic, done.patient(2))
    assert [found[each] for each in (CITY, FRAIL, ALONE, SCORE)] == [2, 2, 0, 4]
    assert found["last_name"] == 4


def test_a_person_asserts_what_they_set(clinic):
    patient = clinic.send(0, maria(city="Rome")).patient(2)
    at = MONDAY + timedelta(days=3)
    set_opt_out(clinic.connection, clinic.account.id, patient, at, opt_out=True)
    found = days(clinic, patient)
    assert (found[OPT_OUT], found[CITY]) == (3, 0)


def test_an_undone_attempt_and_a_dry_run_assert_nothing(clinic):
    patient = clinic.send(0, maria(city="Rome")).patient(2)
    undone, dry = (clinic.send(day, maria(city="Rome")) for day in (2, 4))
    assert days(clinic, patient)[CITY] == 4
    clinic.connection.execute("UPDATE import SET dry_run = true WHERE id = %s", (dry.imported.id,))
    assert days(clinic, patient)[CITY] == 2
    undo(clinic.connection, undone.imported, "rita", MONDAY + timedelta(days=9))
    assert days(clinic, patient)[CITY] == 0


def test_a_merge_moves_values_and_asserts_none(reviewed):
    younger, older = pair_of(reviewed, {"city": "Rome", "score": "1"}, {"city": "Oslo"})
    reviewed.day = 5
    reviewed.judge("same", younger, older)
    found = days(reviewed, older)
    assert (found[CITY], found[SCORE], found["gender"]) == (2, 1, 2)


class TestSince:
    def test_addresses_that_a_later_file_carried_or_a_person_set(self, clinic):
        patient = clinic.send(0, maria(city="Rome", score="1", flags="Frail")).patient(2)
        before = version(clinic)
        clinic.send(1, maria(city="Rome", flags="Frail; Lives alone"))
        set_opt_out(clinic.connection, clinic.account.id, patient, MONDAY, opt_out=True)
        addresses = [CITY, SCORE, FRAIL, ALONE, OPT_OUT]
        found = addresses_asserted_since(clinic.connection, patient, before, addresses)
        assert found == {CITY, FRAIL, ALONE, OPT_OUT}
        after = version(clinic)
        assert addresses_asserted_since(clinic.connection, patient, after, addresses) == set()
        ever = addresses_ever_asserted(clinic.connection, patient, [*addresses, "language"])
        assert ever == set(addresses)

    def test_an_undo_asserts_nothing(self, clinic):
        patient = clinic.send(0, maria(city="Rome")).patient(2)
        done = clinic.send(1, maria(city="Oslo"))
        before = version(clinic)
        undo(clinic.connection, done.imported, "rita", MONDAY)
        assert version(clinic) == before + 1
        found = addresses_asserted_since(clinic.connection, patient, before, [CITY])
        assert found == set()


@pytest.mark.parametrize("address", [FRAIL, "contact/phone/+12125550123/value", "note/ä/body"])
def test_python_and_the_stages_number_an_item_alike(duck, address):
    field, _, rest = address.partition("/")
    item = rest.rpartition("/")[0]
    (found,) = duck.execute("SELECT item_hash($1, $2)", [field, item]).fetchone()
    assert item_hash(address) == found


@pytest.fixture
def duck():
    import duckdb

    with duckdb.connect() as connection:
        load_macros(connection)
        yield connection
