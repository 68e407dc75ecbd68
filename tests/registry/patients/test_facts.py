"""A patient's values as the tables hold them now."""

from uuid import uuid4

from registry.accounts.accounts import add_account
from registry.patients.facts import read_facts
from registry.patients.patients import set_opt_out
from tests.files import maria
from tests.nights import MONDAY

EVERYTHING = maria(
    mbi="1EG4-TE5-MK73", street="1 Main St", city="Rome", phone="212-555-0123",
    flags="Lives alone; Frail", score="1.5",
)  # fmt: skip


def test_values_come_in_the_order_of_the_declarations_and_of_the_senders_items(clinic):
    done = clinic.send(0, EVERYTHING)
    facts = read_facts(clinic.connection, clinic.account.id, done.patient(2))
    assert facts == [
        ("first_name", "", "", "Maria"),
        ("last_name", "", "", "Lopez"),
        ("birth_date", "", "", "1961-05-27"),
        ("birth_year", "", "", "1961"),
        ("gender", "", "", "F"),
        ("risk_score", "", "", "1.5"),
        ("identifier", "ehr", "value", "E-1"),
        ("identifier", "mbi", "value", "1EG4TE5MK73"),
        ("address", "home", "line1", "1 Main St"),
        ("address", "home", "city", "Rome"),
        ("contact", "phone/home", "value", "+12125550123"),
        ("flag", "lives alone", "name", "Lives alone"),
        ("flag", "frail", "name", "Frail"),
    ]


def test_a_truth_value_is_spelled_as_changes_spell_it(clinic):
    patient = clinic.send(0, maria()).patient(2)
    set_opt_out(clinic.connection, clinic.account.id, patient, MONDAY, opt_out=True)
    facts = read_facts(clinic.connection, clinic.account.id, patient)
    assert ("hie_opt_out", "", "", "true") in facts


def test_a_patient_of_another_account_has_no_values_here(clinic):
    patient = clinic.send(0, maria()).patient(2)
    other = add_account(clinic.connection, "other", "thoroughcare")
    assert read_facts(clinic.connection, other.id, patient) == []
    assert read_facts(clinic.connection, clinic.account.id, uuid4()) == []
