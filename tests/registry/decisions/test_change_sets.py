"""Change sets: what is written comes back when it is turned round."""

import pytest

from registry.decisions.change_sets import PatientCounts, open_change_set, write_change_set
from registry.ids import new_id
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
        " FROM patient_change c, LATERAL json_each(c.changes) e WHERE c.attempt = %s"
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
