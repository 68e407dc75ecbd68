"""Outcomes, changes and the state they lead to, for files against a real registry."""

import pytest

from tests.files import john, maria
from tests.state import facts, replayed

pytestmark = pytest.mark.external_postgres


def changes(connection, imported, line):
    row = connection.execute(
        "SELECT changes FROM full_change WHERE import_id = %s AND line = %s",
        (imported.imported.id, line),
    ).fetchone()
    return None if row is None else row[0]


def test_a_new_person_is_created_with_every_value_as_a_change_from_nothing(send, connection):
    done = send(maria(city="Rome"))
    assert done.outcomes == ["created"]
    assert changes(connection, done, 2) == {
        "first_name": [None, "Maria"],
        "last_name": [None, "Lopez"],
        "birth_date": [None, "1961-05-27"],
        "birth_year": [None, "1961"],
        "gender": [None, "F"],
        "identifier/ehr/value": [None, "E-1"],
        "address/home/city": [None, "Rome"],
    }


def test_the_same_row_again_is_unchanged_and_leaves_no_change(send, connection):
    send(maria(city="Rome"))
    again = send(maria(city="Rome"))
    assert again.outcomes == ["unchanged"]
    assert changes(connection, again, 2) is None


def test_a_change_carries_the_old_and_the_new_value(send, connection):
    send(maria(city="Rome", score="1"))
    later = send(maria(city="Oslo", score="2.5"))
    assert later.outcomes == ["updated"]
    assert changes(connection, later, 2) == {
        "address/home/city": ["Rome", "Oslo"],
        "risk_score": ["1", "2.5"],
    }


def test_a_blank_cell_changes_nothing(send, facts_of):
    first = send(maria(city="Rome", phone="212-555-0123"))
    second = send(maria(city="", phone=""))
    assert second.outcomes == ["unchanged"]
    assert facts_of(first.patient(2))["address/home/city"] == "Rome"


def test_row_3_updates_what_row_2_created(send, connection, facts_of):
    done = send(maria(city="Rome"), maria(city="Oslo", phone="212-555-0123"))
    assert done.outcomes == ["created", "updated"]
    assert done.patient(2) == done.patient(3)
    assert changes(connection, done, 3) == {
        "address/home/city": ["Rome", "Oslo"],
        "contact/phone/home/value": [None, "+12125550123"],
    }
    assert facts_of(done.patient(2))["address/home/city"] == "Oslo"


def test_set_clear_and_set_again_in_one_file_end_with_the_last_value(send, connection, facts_of):
    done = send(maria(city="Rome"), maria(city="#N/A"), maria(city="Oslo"))
    assert done.outcomes == ["created", "updated", "updated"]
    assert changes(connection, done, 3) == {"address/home/city": ["Rome", None]}
    assert changes(connection, done, 4) == {"address/home/city": [None, "Oslo"]}
    assert facts_of(done.patient(2))["address/home/city"] == "Oslo"


def test_a_cleared_value_is_gone_from_the_registry(send, facts_of):
    first = send(maria(city="Rome", phone="212-555-0123"))
    assert send(maria(city="#N/A", phone="#N/A")).outcomes == ["updated"]
    left = facts_of(first.patient(2))
    assert not [address for address in left if address.startswith(("address", "contact"))]


def test_clearing_a_missing_value_changes_nothing(send):
    send(maria())
    assert send(maria(city="#N/A", flags="#N/A")).outcomes == ["unchanged"]


def test_lists_gain_items_and_lose_none(send, facts_of):
    first = send(maria(codes="E11.9; I10", flags="Fall risk", notes="one"))
    second = send(maria(codes="I10; J45", flags="Lives alone", notes="two"))
    assert second.outcomes == ["updated"]
    held = facts_of(first.patient(2))
    assert {v for a, v in held.items() if a.startswith("condition/")} == {"E11.9", "I10", "J45"}
    assert {v for a, v in held.items() if a.startswith("flag/")} == {"Fall risk", "Lives alone"}
    assert {v for a, v in held.items() if a.startswith("note/")} == {"one", "two"}


def test_identifiers_of_two_patients_fail_the_row_and_change_neither(send, connection, clinic):
    send(maria(), {**john(), "ehr": "", "mbi": "1EG4-TE5-MK73"})
    before = facts(connection, clinic.id)
    done = send(maria(mbi="1EG4-TE5-MK73", city="Rome"))
    assert done.outcomes == ["errored"]
    assert done.codes(2) == ["identifier_conflict"]
    assert facts(connection, clinic.id) == before


def test_a_namesake_with_another_id_is_a_new_patient_and_goes_to_review(send, connection):
    first = send(maria())
    second = send(maria(ehr="E-77"))
    assert second.outcomes == ["created"]
    assert second.codes(2) == ["in_review"]
    pairs = connection.execute(
        "SELECT patient_id, other_patient_id, reason, state FROM review"
    ).fetchall()
    assert pairs == [(second.patient(2), first.patient(2), "identifier_differs", "open")]


def test_the_registry_follows_from_its_history(send, connection, clinic):
    send(maria(city="Rome", flags="A; B"), john(notes="x"), maria(city="#N/A", score="3"))
    send(john(notes="y", flags="C"), john(flags="#N/A"), maria(city="Oslo", flags="D"))
    assert facts(connection, clinic.id) == replayed(connection, clinic.id)


def test_a_dry_run_has_outcomes_and_changes_nothing(send, connection, clinic):
    send(maria(city="Rome"))
    before = facts(connection, clinic.id)
    done = send(maria(city="Oslo"), john(), dry_run=True)
    assert done.outcomes == ["updated", "created"]
    assert done.patient(3) is None
    assert facts(connection, clinic.id) == before
