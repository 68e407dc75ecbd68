"""A patient's record, owner and refused values, read from a real registry."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from registry.accounts.accounts import add_account
from registry.database.row_level_security import as_account
from registry.decisions.undo import undo
from registry.patients.history import origins_of, owner_of, read_record, read_refused_values
from registry.patients.patients import set_opt_out
from registry.patients.record import Change, Origin
from registry.patients.value_history import value_histories
from schemas.errors import NotFound
from tests.files import maria
from tests.importing import process
from tests.nights import MONDAY
from tests.reviewed_account import pair_of

pytestmark = pytest.mark.external_postgres
CITY = "address/home/city"


def histories_of(clinic, done, field=None):
    patient = done.patient(2)
    record = read_record(clinic.connection, clinic.account.id, patient)
    refused = read_refused_values(clinic.connection, patient)
    return {each.address: each for each in value_histories(record, refused, field)}


def undone(clinic, done):
    undo(clinic.connection, done.imported, "rita", MONDAY + timedelta(days=9))


def test_each_step_names_file_line_import_attempt_and_run(clinic):
    done = clinic.send(0, maria(city="Rome"))
    later = clinic.send(1, maria(city="Oslo"))
    (found,) = histories_of(clinic, done, CITY).values()
    assert found.value == "Oslo"
    assert [step.origin for step in found.steps] == [
        Origin(
            each.imported.id, "roster.csv", "cli", 2, each.imported.received_at, 1,
            each.imported.partition_key, "test",
        )
        for each in (later, done)
    ]  # fmt: skip


def test_a_refused_value_names_the_attempt_that_brought_it_and_whose_was_kept(clinic):
    old = clinic.send(0, maria(city="Rome"))
    newer = clinic.send(1, maria(city="Oslo"))
    clinic.backfill(old)
    (refused,) = histories_of(clinic, old, CITY)[CITY].refused
    assert refused.newer == f"import {newer.imported.partition_key}"
    assert (refused.origin.import_id, refused.origin.attempt) == (old.imported.id, 2)


def test_the_refused_values_of_the_newest_attempt_come_first(clinic):
    old = clinic.send(0, maria(city="Rome", score="1"))
    clinic.send(1, maria(city="Oslo", score="2"))
    for _ in range(2):
        clinic.backfill(old)
    refused = read_refused_values(clinic.connection, old.patient(2))
    assert [each.origin.attempt for each in refused] == [3, 3, 2, 2]
    assert {each.address for each in refused} == {CITY, "risk_score"}
    assert read_refused_values(clinic.connection, uuid4()) == []


def test_a_dry_run_refuses_nothing(clinic):
    old = clinic.receive(0, maria(city="Rome"))
    newer = clinic.send(1, maria(city="Oslo"))
    clinic.connection.execute("UPDATE import SET dry_run = true WHERE id = %s", (old.id,))
    dry = process(clinic.settings, clinic.connection, old)
    assert dry.codes(2)[0] == "kept_newer_value"
    assert histories_of(clinic, newer)[CITY].refused == []


def test_what_a_person_set_has_no_file(clinic):
    done = clinic.send(0, maria())
    at = MONDAY + timedelta(days=2)
    set_opt_out(clinic.connection, clinic.account.id, done.patient(2), at, opt_out=True)
    (step,) = histories_of(clinic, done)["hie_opt_out"].steps
    assert (step.old, step.new) == (None, "true")
    assert step.origin == Origin(None, None, None, 0, at)


def test_files_received_at_the_same_instant_stay_apart(clinic):
    received = [clinic.receive(0, maria(city=city)) for city in ("Rome", "Oslo")]
    ordered = sorted(received, key=lambda each: each.id)
    first, _ = (process(clinic.settings, clinic.connection, each) for each in ordered)
    steps = histories_of(clinic, first)[CITY].steps
    assert [step.origin.import_id for step in steps] == [each.id for each in ordered[::-1]]
    assert steps[0].old == steps[1].new


class TestRecord:
    def test_a_value_that_an_undo_restored_has_the_origin_of_the_row_that_brought_it(self, clinic):
        first = clinic.send(0, maria(city="Rome"))
        second = clinic.send(1, maria(city="Oslo"))
        undone(clinic, second)
        record = read_record(clinic.connection, clinic.account.id, first.patient(2))
        origins = {fact.address: fact.origin for fact in record.facts}
        assert origins[CITY].import_id == first.imported.id
        decision, brought, _ = (change.origin for change in record.changes)
        assert (decision.decision, decision.user_name) == ("undo", "rita")
        assert decision.undone.import_id == second.imported.id
        assert decision.undone.partition_key == second.imported.partition_key
        assert brought.is_undone

    def test_a_value_that_a_later_file_repeated_has_the_origin_of_that_file_after_an_undo(
        self, clinic
    ):
        first = clinic.send(0, maria(city="Rome"))
        clinic.send(1, maria(city="Oslo"))
        third = clinic.send(2, maria(city="Rome"))
        undone(clinic, first)
        record = read_record(clinic.connection, clinic.account.id, first.patient(2))
        (city,) = (fact for fact in record.facts if fact.address == CITY)
        assert (city.value, city.origin.import_id) == ("Rome", third.imported.id)

    def test_a_patient_whom_an_undo_removed_has_a_history_and_an_owner_and_no_values(self, clinic):
        account, connection = clinic.account, clinic.connection
        done = clinic.send(0, maria(city="Rome"))
        undone(clinic, done)
        assert owner_of(connection, done.patient(2)) == (account.id, account.name)
        record = read_record(connection, account.id, done.patient(2))
        assert record.is_removed
        assert record.name == "Maria Lopez"
        assert [change.values[CITY] for change in record.changes] == [
            ("Rome", None),
            (None, "Rome"),
        ]
        other = add_account(connection, "other", "thoroughcare")
        with pytest.raises(NotFound):
            read_record(connection, other.id, done.patient(2))

    def test_a_dry_run_creates_nobody_who_could_be_read(self, clinic):
        done = clinic.send(0, maria())
        undone(clinic, done)
        clinic.connection.execute("UPDATE import SET dry_run = true")
        with pytest.raises(NotFound):
            read_record(clinic.connection, clinic.account.id, done.patient(2))

    def test_the_surviving_patients_history_has_that_of_the_other(self, reviewed):
        younger, older = pair_of(reviewed, {"city": "Rome"}, {"city": "Oslo"})
        at = reviewed.reviewer().at
        set_opt_out(reviewed.connection, reviewed.account.id, younger, at, opt_out=True)
        reviewed.judge("same", younger, older)
        with as_account(reviewed.connection, reviewed.account.id):
            record = read_record(reviewed.connection, reviewed.account.id, older)
        merge, opted, brought, first = record.changes
        assert (merge.origin.decision, merge.origin.user_name) == ("merge", "rita@clinic.test")
        assert (merge.origin.other.id, merge.origin.other.name) == (younger, "Maria Lopez")
        merged_ids = [each.origin.merged_patient_id for each in (opted, brought, first)]
        assert merged_ids == [younger, younger, None]
        origins = {fact.address: fact.origin for fact in record.facts}
        assert origins[CITY].import_id == brought.origin.import_id
        assert origins["hie_opt_out"].import_id is None


class TestOwner:
    def test_a_patient_is_found_with_the_account_and_an_unknown_id_is_not(self, clinic):
        done = clinic.send(0, maria())
        assert owner_of(clinic.connection, done.patient(2)) == (clinic.account.id, "clinic")
        with pytest.raises(NotFound, match="rosterline rows"):
            owner_of(clinic.connection, uuid4())

    def test_a_merged_patient_is_still_the_accounts(self, reviewed):
        younger, older = pair_of(reviewed)
        reviewed.judge("same", younger, older)
        assert owner_of(reviewed.connection, younger) == (reviewed.account.id, "clinic")


class TestOrigins:
    """Pure: from changes, the oldest first, to the origin of each value."""

    def change(self, day, new, **how):
        at = datetime(2026, 11, day, tzinfo=UTC)
        import_id = None if how.get("decision") else UUID(int=day)
        origin = Origin(import_id, None, None, 2, at, **how)
        return Change(origin, {"language": (None, new)})

    def test_the_last_change_that_brought_a_value_is_its_origin(self):
        changes = [self.change(1, "en"), self.change(2, "es"), self.change(3, "en")]
        origins = origins_of(changes)
        assert origins["language", "en"].received_at.day == 3
        assert origins["language", "es"].received_at.day == 2

    def test_a_change_in_effect_goes_before_one_that_was_undone(self):
        changes = [self.change(1, "en"), self.change(2, "en", is_undone=True)]
        assert origins_of(changes)["language", "en"].received_at.day == 1

    def test_a_value_that_only_an_undone_change_brought_has_that_one(self):
        assert origins_of([self.change(2, "en", is_undone=True)])["language", "en"].is_undone

    @pytest.mark.parametrize("decision", ["undo", "merge", "split"])
    def test_a_decision_is_no_origin(self, decision):
        assert origins_of([self.change(2, "en", decision=decision)]) == {}
