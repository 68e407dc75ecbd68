"""An undo and a merge about the same patients, in any order: nobody is lost, nothing fails."""

import pytest

from registry.database.row_level_security import within
from registry.decisions.undo import undo
from registry.documents.progress import latest_queries
from registry.ledger.imports import get_import
from registry.patients.history import read_record
from registry.patients.merged_ids import read_aliases, survivor_of
from registry.patients.patients import read_patient, set_opt_out
from tests.files import maria
from tests.reviewed_account import pair_of


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


def test_an_undo_of_the_younger_ones_import_leaves_the_merged_patient_as_he_is(reviewed, two):
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


def test_who_was_merged_and_split_is_removed_by_an_undo_as_if_that_had_not_been(reviewed, two):
    first, second = two
    before = reviewed.of(first.patient(2))
    reviewed.judge("same", second.patient(2), first.patient(2))
    reviewed.judge("split", second.patient(2), first.patient(2))
    assert take_back(reviewed, second).removed == 1
    assert reviewed.facts() == {str(first.patient(2)): before}


def test_a_pair_goes_with_the_patient_whom_an_undo_removes(reviewed, two):
    take_back(reviewed, two[1])
    assert reviewed.open_pairs() == []


class TestOldIds:
    def test_they_lead_to_the_one_who_stayed_by_whatever_way(self, reviewed):
        a, b, c = (reviewed.send(maria(ehr=f"E-{n}")).patient(2) for n in (1, 2, 3))
        reviewed.judge("same", c, b)
        reviewed.judge("same", b, a)
        for each in (a, b, c):
            assert survivor_of(reviewed.connection, reviewed.account.id, each) == a
            with within(reviewed.connection, reviewed.account.id):
                assert read_patient(reviewed.connection, reviewed.account.id, each).id == a
        assert read_aliases(reviewed.connection, reviewed.account.id, a) == [("ehr", "E-1"), ("ehr", "E-2")]

    def test_an_opt_out_under_an_old_id_counts(self, reviewed):
        younger, older = pair_of(reviewed)
        reviewed.judge("same", younger, older)
        at = reviewed.reviewer().at
        set_opt_out(reviewed.connection, reviewed.account.id, younger, at, opt_out=True)
        assert reviewed.of(older)["hie_opt_out"] == "true"

    def test_the_history_of_the_one_who_stayed_tells_of_the_other(self, reviewed):
        younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo"})
        at = reviewed.reviewer().at
        set_opt_out(reviewed.connection, reviewed.account.id, younger, at, opt_out=True)
        reviewed.judge("same", younger, older)
        with within(reviewed.connection, reviewed.account.id):
            record = read_record(reviewed.connection, reviewed.account.id, older)
        merge, opted, brought, first = record.changes
        assert (merge.origin.decision, merge.origin.user_name) == ("merge", "rita@clinic.test")
        assert (merge.origin.other.id, merge.origin.other.name) == (younger, "Maria Lopez")
        assert [each.origin.of for each in (opted, brought, first)] == [younger, younger, None]
        origins = {fact.address: fact.origin for fact in record.facts}
        assert origins["address/home/city"].import_id == brought.origin.import_id
        assert origins["hie_opt_out"].import_id is None

    def test_a_document_query_that_waits_asks_about_the_one_who_stayed(self, reviewed):
        younger, older = pair_of(reviewed)
        reviewed.connection.execute(
            "INSERT INTO document_query (import_id, attempt, patient_id, account_id, state)"
            " VALUES (gen_random_uuid(), 1, %s, %s, 'processing')",
            (younger, reviewed.account.id),
        )
        reviewed.judge("same", younger, older)
        assert list(latest_queries(reviewed.connection, [younger, older])) == [older]
