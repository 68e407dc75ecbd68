"""An undo and a merge about the same patients, in any order: nobody is lost, nothing fails."""

import pytest

from registry.database.row_level_security import as_account
from registry.decisions.undo import undo
from registry.documents.progress import latest_queries
from registry.ledger.imports import get_import
from registry.patients.history import read_record
from registry.patients.merged_ids import read_aliases, survivor_of
from registry.patients.patients import read_patient, set_opt_out
from tests.files import maria
from tests.registry.decisions.reviews.test_merge import pair_of


@pytest.fixture
def two(desk):
    """Two imports of Maria under two ids, with what each brought."""
    first = desk.send(maria(city="Rome", flags="Red"))
    second = desk.send(maria(ehr="E-9", flags="Blue"))
    return first, second


def take_back(desk, done):
    imported = get_import(desk.connection, done.imported.partition_key)
    found = undo(desk.connection, imported, "op", desk.reviewer().at)
    desk.connection.commit()
    return found


def test_an_undo_of_the_younger_ones_import_leaves_the_merged_patient_as_he_is(desk, two):
    first, second = two
    desk.judge("same", second.patient(2), first.patient(2))
    before = desk.facts()
    assert take_back(desk, second).removed == 0
    assert desk.facts() == before


@pytest.mark.external_postgres
def test_an_undo_of_the_older_ones_import_leaves_what_the_younger_one_brought(desk, two):
    first, second = two
    desk.judge("same", second.patient(2), first.patient(2))
    take_back(desk, first)
    held = desk.of(first.patient(2))
    assert "address/home/city" not in held
    assert (held["birth_date"], held["flag/blue/name"]) == ("1961-05-27", "Blue")
    assert held["identifier/ehr/value"] == "E-9"
    desk.judge("split", second.patient(2), first.patient(2))
    assert desk.of(second.patient(2))["flag/blue/name"] == "Blue"
    assert desk.send(maria(ehr="E-9")).patient(2) == second.patient(2)


def test_who_was_merged_and_split_is_removed_by_an_undo_as_if_that_had_not_been(desk, two):
    first, second = two
    before = desk.of(first.patient(2))
    desk.judge("same", second.patient(2), first.patient(2))
    desk.judge("split", second.patient(2), first.patient(2))
    assert take_back(desk, second).removed == 1
    assert desk.facts() == {str(first.patient(2)): before}


def test_a_pair_goes_with_the_patient_whom_an_undo_removes(desk, two):
    take_back(desk, two[1])
    assert desk.open() == []


class TestOldIds:
    def test_they_lead_to_the_one_who_stayed_by_whatever_way(self, desk):
        a, b, c = (desk.send(maria(ehr=f"E-{n}")).patient(2) for n in (1, 2, 3))
        desk.judge("same", c, b)
        desk.judge("same", b, a)
        for each in (a, b, c):
            assert survivor_of(desk.connection, desk.account.id, each) == a
            with as_account(desk.connection, desk.account.id):
                assert read_patient(desk.connection, desk.account.id, each).id == a
        assert read_aliases(desk.connection, desk.account.id, a) == [("ehr", "E-1"), ("ehr", "E-2")]

    def test_an_opt_out_under_an_old_id_counts(self, desk):
        younger, older = pair_of(desk)
        desk.judge("same", younger, older)
        at = desk.reviewer().at
        set_opt_out(desk.connection, desk.account.id, younger, at, opt_out=True)
        assert desk.of(older)["hie_opt_out"] == "true"

    def test_the_history_of_the_one_who_stayed_tells_of_the_other(self, desk):
        younger, older = pair_of(desk, {"city": "Rome"}, {"city": "Oslo"})
        at = desk.reviewer().at
        set_opt_out(desk.connection, desk.account.id, younger, at, opt_out=True)
        desk.judge("same", younger, older)
        with as_account(desk.connection, desk.account.id):
            record = read_record(desk.connection, desk.account.id, older)
        merge, opted, brought, first = record.changes
        assert (merge.origin.decision, merge.origin.user_name) == ("merge", "rita@clinic.test")
        assert (merge.origin.other.id, merge.origin.other.name) == (younger, "Maria Lopez")
        assert [each.origin.of for each in (opted, brought, first)] == [younger, younger, None]
        origins = {fact.address: fact.origin for fact in record.facts}
        assert origins["address/home/city"].import_id == brought.origin.import_id
        assert origins["hie_opt_out"].import_id is None

    def test_a_document_query_that_waits_asks_about_the_one_who_stayed(self, desk):
        younger, older = pair_of(desk)
        desk.connection.execute(
            "INSERT INTO document_query (import_id, attempt, patient_id, account_id, state)"
            " VALUES (gen_random_uuid(), 1, %s, %s, 'processing')",
            (younger, desk.account.id),
        )
        desk.judge("same", younger, older)
        assert list(latest_queries(desk.connection, [younger, older])) == [older]
