"""From a patient's record to one trace per address; then the same from a real registry."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from registry.patients.history import (
    Change,
    Fact,
    Kept,
    Origin,
    Record,
    owner_of,
    read_kept,
    read_record,
)
from registry.patients.patients import set_opt_out
from registry.patients.value_history import traces_of
from schemas.errors import NotFound
from tests.files import maria
from tests.importing import process
from tests.nights import MONDAY, Clinic

PATIENT = UUID(int=1)
START = datetime(2026, 11, 16, tzinfo=UTC)
CITY = "address/home/city"


def origin(day):
    return Origin(UUID(int=day), f"{day}.csv", "cli", 2, START + timedelta(days=day), 1, f"k-{day}")


def record(facts, *changes):
    """`facts` are (address, value), `changes` (day, {address: (old, new)}), the newest first."""
    told = [Fact(*([*address.split("/"), "", ""][:3]), value, None) for address, value in facts]
    return Record(PATIENT, told, [Change(origin(day), values) for day, values in changes])


class TestTraces:
    def test_a_value_has_all_its_steps_the_newest_first(self):
        of = record(
            [("language", "es")],
            (3, {"language": ("en", "es")}),
            (1, {"language": (None, "en")}),
        )
        (trace,) = traces_of(of, [])
        assert (trace.address, trace.value) == ("language", "es")
        assert [(step.origin.line, step.old, step.new) for step in trace.steps] == [
            (2, "en", "es"),
            (2, None, "en"),
        ]
        assert [step.origin.partition_key for step in trace.steps] == ["k-3", "k-1"]

    def test_a_value_that_was_cleared_is_shown_as_none(self):
        of = record([], (2, {CITY: ("Rome", None)}), (1, {CITY: (None, "Rome")}))
        (trace,) = traces_of(of, [])
        assert trace.value is None
        assert [step.new for step in trace.steps] == [None, "Rome"]

    def test_what_was_refused_stands_with_the_address_that_it_was_for(self):
        kept = [Kept(origin(1), CITY, "import k-2")]
        of = record([("first_name", "Ann"), (CITY, "Oslo")], (2, {CITY: (None, "Oslo")}))
        by_address = {each.address: each.kept for each in traces_of(of, kept)}
        assert by_address == {"first_name": [], CITY: kept}

    def test_fields_come_in_the_order_of_their_declaration(self):
        of = record([], (1, dict.fromkeys(("flag/a/name", CITY, "gender"), (None, "x"))))
        assert [each.address for each in traces_of(of, [])] == ["gender", CITY, "flag/a/name"]

    @pytest.mark.parametrize(
        ("field", "found"),
        [
            (None, 4),
            ("first_name", 1),
            ("address", 2),
            ("address/home", 1),
            (CITY, 1),
            ("address/home/cit", 0),
            ("addr", None),
            ("contact", 1),
            ("flag", 0),
        ],
    )
    def test_a_field_is_named_whole_or_by_the_beginning_of_its_address(self, field, found):
        facts = [
            ("first_name", "Ann"),
            (CITY, "Rome"),
            ("address/homestead/city", "Oslo"),
            ("contact/email/value", "a@b.example"),
        ]
        if found is None:
            with pytest.raises(NotFound, match="fields: first_name, last_name"):
                traces_of(record(facts), [], field)
        else:
            assert len(traces_of(record(facts), [], field)) == found


@pytest.mark.external_postgres
class TestFromTheRegistry:
    @pytest.fixture
    def clinic(self, database, connection, tmp_path):
        return Clinic(database, connection, tmp_path)

    def traced(self, clinic, done, field=None):
        patient = done.patient(2)
        of = read_record(clinic.connection, clinic.account.id, patient)
        return {
            each.address: each
            for each in traces_of(of, read_kept(clinic.connection, patient), field)
        }

    def test_each_step_names_file_line_import_attempt_and_run(self, clinic):
        done = clinic.send(0, maria(city="Rome"))
        later = clinic.send(1, maria(city="Oslo"))
        (trace,) = self.traced(clinic, done, CITY).values()
        assert trace.value == "Oslo"
        assert [step.origin for step in trace.steps] == [
            Origin(
                each.imported.id, "roster.csv", "cli", 2, each.imported.received_at, 1,
                each.imported.partition_key, "test",
            )
            for each in (later, done)
        ]  # fmt: skip

    def test_a_refused_value_names_the_attempt_that_brought_it_and_whose_stayed(self, clinic):
        old = clinic.send(0, maria(city="Rome"))
        newer = clinic.send(1, maria(city="Oslo"))
        clinic.backfill(old)
        (kept,) = self.traced(clinic, old, CITY)[CITY].kept
        assert kept.newer == f"import {newer.imported.partition_key}"
        assert (kept.origin.import_id, kept.origin.attempt) == (old.imported.id, 2)

    def test_a_dry_run_refuses_nothing(self, clinic):
        old = clinic.receive(0, maria(city="Rome"))
        newer = clinic.send(1, maria(city="Oslo"))
        clinic.connection.execute("UPDATE import SET dry_run = true WHERE id = %s", (old.id,))
        dry = process(clinic.settings, clinic.connection, old)
        assert dry.codes(2)[0] == "kept_newer_value"
        assert self.traced(clinic, newer)[CITY].kept == []

    def test_what_a_person_set_has_no_file(self, clinic):
        done = clinic.send(0, maria())
        at = MONDAY + timedelta(days=2)
        set_opt_out(clinic.connection, clinic.account.id, done.patient(2), at, opt_out=True)
        (step,) = self.traced(clinic, done)["hie_opt_out"].steps
        assert (step.old, step.new) == ("false", "true")
        assert step.origin == Origin(None, None, None, 0, at)

    def test_files_received_at_the_same_instant_stay_apart(self, clinic):
        received = [clinic.receive(0, maria(city=city)) for city in ("Rome", "Oslo")]
        ordered = sorted(received, key=lambda each: each.id)
        first, _ = (process(clinic.settings, clinic.connection, each) for each in ordered)
        steps = self.traced(clinic, first)[CITY].steps
        assert [step.origin.import_id for step in steps] == [each.id for each in ordered[::-1]]
        assert steps[0].old == steps[1].new

    def test_a_patient_is_found_with_the_account_and_nobody_else_is(self, clinic):
        done = clinic.send(0, maria())
        owner = owner_of(clinic.connection, done.patient(2))
        assert owner == (clinic.account.id, "clinic")
        with pytest.raises(NotFound, match="rosterline rows"):
            owner_of(clinic.connection, uuid4())
