"""Ids of merged patients lead to the surviving patient, until a split."""

import pytest

from registry.accounts.accounts import add_account
from registry.database.row_level_security import as_account
from registry.patients.merged_ids import patients_merged_into, read_aliases, surviving_patient
from registry.patients.patients import read_patient, set_opt_out
from tests.files import maria
from tests.reviewed_account import pair_of


@pytest.fixture
def chain(reviewed):
    """Three patients, the third merged into the second and the second into the first."""
    a, b, c = (reviewed.send(maria(ehr=f"E-{n}")).patient(2) for n in (1, 2, 3))
    reviewed.judge("same", c, b)
    reviewed.judge("same", b, a)
    return a, b, c


def test_an_id_leads_to_the_end_of_the_chain(reviewed, chain):
    a, b, c = chain
    for each in (a, b, c):
        assert surviving_patient(reviewed.connection, reviewed.account.id, each) == a
        with as_account(reviewed.connection, reviewed.account.id):
            assert read_patient(reviewed.connection, reviewed.account.id, each).id == a
    aliases = read_aliases(reviewed.connection, reviewed.account.id, a)
    assert aliases == [("ehr", "E-1"), ("ehr", "E-2")]


def test_everybody_merged_by_whatever_way_is_listed(reviewed, chain):
    a, b, c = chain
    account = reviewed.account.id
    assert patients_merged_into(reviewed.connection, account, a) == sorted([b, c])
    assert patients_merged_into(reviewed.connection, account, b) == [c]
    assert patients_merged_into(reviewed.connection, account, c) == []


def test_a_split_lets_an_id_lead_to_its_own_patient_again(reviewed, chain):
    a, b, c = chain
    account = reviewed.account.id
    reviewed.judge("split", b, a)
    assert surviving_patient(reviewed.connection, account, c) == b
    assert patients_merged_into(reviewed.connection, account, a) == []
    assert read_aliases(reviewed.connection, account, a) == []
    assert read_aliases(reviewed.connection, account, b) == [("ehr", "E-2")]


def test_an_id_of_another_account_leads_nowhere(reviewed, chain):
    a, b, _ = chain
    other = add_account(reviewed.connection, "other", "thoroughcare")
    assert surviving_patient(reviewed.connection, other.id, b) == b
    assert patients_merged_into(reviewed.connection, other.id, a) == []
    assert read_aliases(reviewed.connection, other.id, a) == []


def test_an_opt_out_under_an_old_id_counts(reviewed):
    younger, older = pair_of(reviewed)
    reviewed.judge("same", younger, older)
    at = reviewed.reviewer().at
    set_opt_out(reviewed.connection, reviewed.account.id, younger, at, opt_out=True)
    assert reviewed.of(older)["hie_opt_out"] == "true"
