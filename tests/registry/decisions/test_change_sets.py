"""Change sets: what is written comes back when it is turned round."""

import pytest

from registry.decisions.change_sets import (
    PatientCounts,
    count_change_set,
    open_change_set,
    write_change_set,
)
from registry.decisions.decision import Decision, record_decision
from registry.ids import new_id
from schemas.name_folding import name_key
from tests.files import john, maria
from tests.nights import MONDAY

FULL = {
    "city": "Rome", "street": "1 Main St", "phone": "212-555-0123", "email": "m@example.com",
    "flags": "Frail; Lives alone", "notes": "Called", "score": "1.5", "codes": "E11.9; I10",
    "mbi": "1EG4-TE5-MK73", "department": "Heart",
}  # fmt: skip


def turn_round(connection, account, of_attempt):
    """Write the newest changes of an attempt's number the other way round."""
    open_change_set(connection)
    connection.execute(
        "INSERT INTO fact_change SELECT c.patient_id, e.key, e.value ->> 1, e.value ->> 0"
        " FROM full_change c, LATERAL json_each(c.changes) e WHERE c.attempt = %s"
        " AND registry_version = (SELECT max(registry_version) FROM patient_change)",
        (of_attempt,),
    )
    written = write_change_set(connection, account.id, new_id(MONDAY), MONDAY)
    connection.commit()
    return written


def test_patients_who_were_removed_come_back_whole(clinic):
    done = clinic.send(0, maria(**FULL), john(first="Zoë", last="O'Neil-Ágnes"))
    before = clinic.tables()
    clinic.undo(done)
    assert turn_round(clinic.connection, clinic.account, 0) == PatientCounts(0, 0, 2)
    assert clinic.tables() == before
    # They are found again by the names they have.
    again = clinic.send(1, {**maria(), "ehr": ""}, {**john(first="Zoe", last="ONEIL AGNES"),
                                                        "ehr": ""})  # fmt: skip
    assert [again.patient(2), again.patient(3)] == [done.patient(2), done.patient(3)]


@pytest.mark.parametrize("rows", [(maria(**FULL),), (maria(**FULL), john(**FULL | {"mbi": ""}))])
def test_a_change_set_turned_round_twice_changes_nothing(clinic, rows):
    clinic.send(0, *rows)
    before = clinic.tables()
    clinic.send(1, maria(city="Oslo", first="Mary", flags="#N/A", phone="212-555-0199"))
    after = clinic.tables()
    connection, account = clinic.connection, clinic.account
    assert turn_round(connection, account, 1) == PatientCounts(1, 0, 0)
    assert clinic.tables() == before
    assert turn_round(connection, account, 0) == PatientCounts(1, 0, 0)
    assert clinic.tables() == after


def test_each_change_set_counts_the_registry_on_and_carries_its_number(clinic):
    clinic.send(0, maria())
    clinic.send(1, maria(city="Oslo"))
    connection, account = clinic.connection, clinic.account
    turn_round(connection, account, 1)
    versions = connection.execute(
        "SELECT attempt, registry_version FROM patient_change ORDER BY registry_version"
    ).fetchall()
    assert versions == [(1, 1), (1, 2), (0, 3)]
    assert connection.execute("SELECT registry_version FROM account").fetchone() == (3,)


@pytest.fixture
def write(clinic):
    """Writes a change set of (patient, address, old, new, place), and returns its counts."""

    def written(*changes):
        connection = clinic.connection
        open_change_set(connection)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO fact_change VALUES (%s, %s, %s, %s, %s)", changes)
        would = count_change_set(connection)
        counts = write_change_set(connection, clinic.account.id, new_id(MONDAY), MONDAY)
        assert counts.restored or counts == would
        return counts

    return written


def test_scalars_and_items_are_changed_added_and_taken_out(clinic, write):
    patient = clinic.send(0, maria(city="Rome", flags="Frail")).patient(2)
    assert write(
        (patient, "address/home/city", "Rome", "Oslo", 0),
        (patient, "address/home/line1", None, "1 Main St", 1),
        (patient, "flag/frail/name", "Frail", None, 2),
        (patient, "contact/phone/home/value", None, "+12125550123", 3),
        (patient, "hie_opt_out", None, "true", 4),
    ) == PatientCounts(1, 0, 0)
    (facts,) = clinic.facts().values()
    assert facts["address/home/city"] == "Oslo"
    assert facts["address/home/line1"] == "1 Main St"
    assert facts["contact/phone/home/value"] == "+12125550123"
    assert facts["hie_opt_out"] == "true"
    assert "flag/frail/name" not in facts


def test_new_items_come_in_the_order_of_their_places_after_those_that_were_there(clinic, write):
    patient = clinic.send(0, maria(flags="Middle; First")).patient(2)
    write(
        (patient, "flag/b/name", None, "b", 2),
        (patient, "flag/a/name", None, "a", 3),
        (patient, "flag/c/name", None, "c", 1),
        (patient, "flag/middle/name", "Middle", "MIDDLE", 9),
    )
    names = clinic.connection.execute("SELECT name FROM patient_flag ORDER BY sequence").fetchall()
    assert names == [("MIDDLE",), ("First",), ("c",), ("b",), ("a",)]


def test_a_patient_with_another_name_has_another_blocking_key(clinic, write):
    patient = clinic.send(0, maria()).patient(2)
    write((patient, "last_name", "Lopez", "Łópes", 0), (patient, "department", None, "x", 1))
    found = clinic.connection.execute("SELECT last_name, name_key FROM patient").fetchone()
    assert found == ("Łópes", name_key("Maria", "Łópes", 1961, "F"))


def test_a_patient_who_loses_a_required_value_goes_with_aliases_and_open_pairs(clinic, write):
    older = clinic.send(0, maria(city="Rome")).patient(2)
    younger = clinic.send(1, {**maria(), "ehr": "E-9"}).patient(2)
    connection = clinic.connection
    decision = Decision(
        new_id(MONDAY), clinic.account.id, "merge", "rita", MONDAY,
        patient_id=older, other_patient_id=younger,
    )  # fmt: skip
    record_decision(connection, decision)
    connection.execute(
        "INSERT INTO patient_alias (account_id, item, value, patient_id, decision_id)"
        " VALUES (%s, 'ehr', 'E-7', %s, %s)",
        (clinic.account.id, older, decision.id),
    )
    lost = [("last_name", "Lopez"), ("address/home/city", "Rome")]
    counts = write(*((older, address, old, None, 0) for address, old in lost))
    assert counts == PatientCounts(0, 1, 0)
    assert list(clinic.facts()) == [str(younger)]
    for table in ("patient_alias", "review", "patient_address"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_patients_may_exchange_an_identifier(clinic, write):
    done = clinic.send(0, maria(), john())
    first, second = done.patient(2), done.patient(3)
    address = "identifier/ehr/value"
    write((first, address, "E-1", "E-2", 0), (second, address, "E-2", "E-1", 0))
    facts = clinic.facts()
    assert [facts[str(each)][address] for each in (first, second)] == ["E-2", "E-1"]


def test_the_history_keeps_all_changes_of_a_patient_in_one_row_in_their_order(clinic, write):
    patient = clinic.send(0, maria(city="Rome")).patient(2)
    write((patient, "risk_score", None, "2", 1), (patient, "address/home/city", "Rome", None, 0))
    ((line, changes),) = clinic.connection.execute(
        "SELECT line, changes FROM patient_change WHERE attempt = 0"
    ).fetchall()
    assert line == 0
    assert list(changes.items()) == [
        ("address/home/city", ["Rome", None]),
        ("risk_score", [None, "2"]),
    ]


def test_an_empty_change_set_changes_nobody(clinic, write):
    clinic.send(0, maria())
    assert write() == PatientCounts(0, 0, 0)
