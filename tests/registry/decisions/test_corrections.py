"""Values corrected by hand: against later files, in the history, and taken back."""

from datetime import timedelta

import pytest

from registry.database.row_level_security import as_account
from registry.decisions.corrections import correct, take_back
from registry.decisions.judgements import Reviewer
from registry.decisions.merge import same
from registry.patients.history import read_record
from schemas.errors import NotAllowed, NotFound
from tests.files import john, maria
from tests.nights import MONDAY
from tests.reviewed_account import pair_of
from tests.state import replayed

PHONE = "contact/phone/home/value"
A, B, C = "+12125550101", "+12125550102", "+12125550103"


class Corrected:
    """A clinic with Maria, whose phone was A on day 0, and Ada, who corrects it on day 1."""

    def __init__(self, clinic):
        self.clinic, self.connection = clinic, clinic.connection
        self.patient = clinic.send(0, maria(phone=A, city="Rome")).patient(2)

    def reviewer(self, day=1):
        return Reviewer(self.clinic.account.id, "ada@clinic.test", MONDAY + timedelta(days=day))

    def correct(self, day=1, **values):
        return self.write({PHONE: (A, B)} | values, day)

    def write(self, changes, day=1):
        self.connection.commit()
        with as_account(self.connection, self.clinic.account.id):
            return correct(self.connection, self.reviewer(day), self.patient, changes)

    def take_back(self, decision, day=9):
        self.connection.commit()
        with as_account(self.connection, self.clinic.account.id):
            return take_back(self.connection, self.reviewer(day), decision.id)

    def send(self, day, **cells):
        return self.clinic.send(day, maria(city="Rome", **cells))

    def phone(self):
        return self.clinic.facts()[str(self.patient)].get(PHONE)

    def origin(self):
        record = read_record(self.connection, self.clinic.account.id, self.patient)
        return next(fact.origin for fact in record.facts if fact.address == PHONE)


@pytest.fixture
def ada(clinic):
    return Corrected(clinic)


def test_a_correction_is_the_origin_of_its_value_and_is_written_once(ada):
    made = ada.correct()
    assert ada.phone() == B
    assert (ada.origin().decision, ada.origin().user_name) == ("correction", "ada@clinic.test")
    assert ada.origin().decision_id == made.id
    assert ada.correct() is None  # the form was sent twice
    count = "SELECT count(*) FROM decision"
    assert ada.connection.execute(count).fetchone() == (1,)
    assert replayed(ada.connection, ada.clinic.account.id) == ada.clinic.facts()


def test_files_with_the_replaced_value_leave_the_correction(ada):
    ada.correct()
    for day in (2, 3):
        done = ada.send(day, phone=A)
        assert done.outcomes == ["unchanged"]
        assert done.codes(2) == ["kept_newer_value", "no_new_information"]
        assert f"{PHONE}: kept newer value from a person" in done.messages(2)
        assert ada.phone() == B
    assert ada.send(4, phone=B).codes(2) == ["no_new_information"]
    assert ada.origin().user_name == "ada@clinic.test"


def test_a_third_value_replaces_the_correction_and_says_so(ada):
    ada.correct()
    done = ada.send(2, phone=C)
    assert (ada.phone(), done.outcomes) == (C, ["updated"])
    assert done.codes(2) == ["correction_replaced"]
    assert C not in " ".join(done.messages(2))
    # The sender knows better by now: what was replaced before is a value like any other.
    assert ada.send(3, phone=A).outcomes == ["updated"]
    assert ada.phone() == A


def test_a_value_that_was_removed_or_added_stays_so(ada):
    ada.write({PHONE: (A, None), "flag/frail/name": (None, "Frail")})
    ada.send(2, phone=A)
    assert ada.phone() is None
    assert ada.clinic.facts()[str(ada.patient)]["flag/frail/name"] == "Frail"


def test_taken_back_the_last_file_counts_again(ada):
    made = ada.correct()
    ada.send(2, phone=A)
    first = ada.take_back(made)
    assert (first.kind, first.changed) == ("correction_undone", 1)
    assert ada.phone() == A
    assert ada.take_back(made).id == first.id
    assert ada.origin().file_name == "roster.csv"
    done = ada.send(10, phone=A)
    assert done.codes(2) == ["no_new_information"]
    record = read_record(ada.connection, ada.clinic.account.id, ada.patient)
    undone = [each.origin for each in record.changes if each.origin.decision == "correction"]
    assert [each.is_undone for each in undone] == [True]


def test_taken_back_it_leaves_what_files_and_later_corrections_say(ada):
    first = ada.correct()
    second = ada.write({PHONE: (B, C)}, day=2)
    ada.take_back(first)
    assert ada.phone() == C
    ada.take_back(second, day=10)
    assert ada.phone() == A
    third = ada.write({PHONE: (A, B)}, day=11)
    ada.send(12, phone=B)
    assert ada.take_back(third, day=13).kept == 1
    assert ada.phone() == B


def test_a_correction_of_the_name_is_found_by_it(ada):
    ada.write({"last_name": ("Lopez", "López-Ruiz")})
    key = "SELECT count(DISTINCT name_key) FROM patient"
    assert ada.connection.execute(key).fetchone() == (1,)
    assert ada.send(2, phone=A).outcomes == ["unchanged"]
    assert ada.clinic.facts()[str(ada.patient)]["last_name"] == "López-Ruiz"


def test_what_a_form_must_not_write(ada):
    ada.clinic.send(2, john())
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        ada.write({PHONE: (C, B)})
    with pytest.raises(NotAllowed, match="must have names"):
        ada.write({"last_name": ("Lopez", None)})
    with pytest.raises(NotAllowed, match="belongs to patient"):
        ada.write({"identifier/ehr/value": ("E-1", "E-2")})
    with pytest.raises(NotFound):
        ada.take_back(type("Gone", (), {"id": ada.patient}))
    assert ada.phone() == A


def test_a_merge_takes_a_correction_along(reviewed):
    younger, older = pair_of(reviewed, {"phone": A}, {"phone": A})
    with as_account(reviewed.connection, reviewed.account.id):
        correct(reviewed.connection, reviewed.reviewer(), younger, {PHONE: (A, B)})
    with as_account(reviewed.connection, reviewed.account.id):
        same(reviewed.connection, reviewed.reviewer(), younger, older)
    assert reviewed.of(older)[PHONE] == B
    reviewed.send(maria(phone=A))
    assert reviewed.of(older)[PHONE] == B
    origin = next(
        fact.origin
        for fact in read_record(reviewed.connection, reviewed.account.id, older).facts
        if fact.address == PHONE
    )
    assert (origin.decision, origin.merged_patient_id) == ("correction", younger)
