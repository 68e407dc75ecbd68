"""Undo of an import, value by value: which values come back, which stay, which patients go."""

import pytest

from registry.decisions.undo import preview_undo
from tests.files import john, maria
from tests.nights import MONDAY


def came_to(undone):
    return undone.removed, undone.changed, undone.kept


def test_undoing_the_only_import_leaves_no_patient_and_the_history(clinic):
    done = clinic.send(0, maria(city="Rome", flags="Frail; Lives alone"), john())
    assert came_to(clinic.undo(done)) == (2, 0, 0)
    assert not any(clinic.tables().values())
    changes = clinic.connection.execute(
        "SELECT attempt, changes -> 'address/home/city' FROM full_change"
        " WHERE patient_id = %s ORDER BY registry_version",
        (done.patient(2),),
    ).fetchall()
    assert changes == [(1, [None, "Rome"]), (0, ["Rome", None])]


@pytest.mark.parametrize(
    "changed",
    [
        {"city": "Oslo"},
        {"score": "#N/A", "city": "#N/A"},
        {"flags": "Lives alone", "notes": "Called"},
        {"flags": "#N/A", "codes": "#N/A"},
        {"first": "Mary", "born": "1961-05-28"},
        {"phone": "212-555-0124", "email": "m@example.com", "department": "Heart"},
        {"mbi": "1EG4-TE5-MK73"},
    ],
    ids="+".join,
)
def test_an_update_undone_brings_back_what_was_there(clinic, changed):
    first = {"city": "Rome", "score": "1", "flags": "Frail", "codes": "E11.9"}
    clinic.send(0, maria(**first, phone="212-555-0123"), john())
    before = clinic.tables()
    done = clinic.send(1, maria(**changed))
    assert clinic.tables() != before
    assert came_to(clinic.undo(done)) == (0, 1, 0)
    assert clinic.tables() == before


def test_several_rows_of_one_patient_are_undone_together(clinic):
    done = clinic.send(
        0, maria(city="Rome"), maria(city="Oslo", flags="Frail"), maria(score="3", flags="#N/A")
    )
    assert came_to(clinic.undo(done)) == (1, 0, 0)
    clinic.send(1, maria(city="Bern", score="1"))
    before = clinic.tables()
    again = clinic.send(2, maria(city="Rome"), maria(city="#N/A"), maria(score="2"))
    assert came_to(clinic.undo(again)) == (0, 1, 0)
    assert clinic.tables() == before


def test_a_value_that_a_file_changed_and_changed_back_is_left_alone(clinic):
    clinic.send(0, maria(city="Rome"))
    before = clinic.tables()
    done = clinic.send(1, maria(city="Oslo"), maria(city="Rome"))
    assert came_to(clinic.undo(done)) == (0, 0, 0)
    assert clinic.tables() == before


@pytest.mark.external_postgres
@pytest.mark.parametrize("later", ["Bern", "Oslo"], ids=["changed", "merely confirmed"])
def test_a_value_that_a_later_file_carried_stays(clinic, later):
    clinic.send(0, maria(city="Rome", score="1"))
    done = clinic.send(1, maria(city="Oslo", score="2"))
    clinic.send(2, maria(city=later))
    assert came_to(clinic.undo(done)) == (0, 1, 1)
    assert clinic.value("address/home/city") == later
    assert clinic.value("risk_score") == "1"


def test_what_a_later_file_cleared_stays_cleared(clinic):
    clinic.send(0, maria(city="Rome", flags="Frail"))
    done = clinic.send(1, maria(city="Oslo", flags="Lives alone"))
    clinic.send(2, maria(city="#N/A", flags="#N/A"))
    assert came_to(clinic.undo(done)) == (0, 0, 2)
    assert clinic.value("address/home/city") is None
    assert clinic.value("flag/lives alone/name") is None
    assert clinic.value("flag/frail/name") is None


@pytest.mark.external_postgres
def test_an_item_of_a_list_stays_where_a_later_file_repeated_it(clinic):
    done = clinic.send(0, maria(flags="Frail; Lives alone", codes="E11.9; I10"))
    clinic.send(1, maria(flags="Frail", codes="I10"))
    undone = clinic.undo(done)
    (facts,) = clinic.facts().values()
    lists = {address for address in facts if address.startswith(("flag", "condition"))}
    assert lists == {"flag/frail/name", "condition/I10/code"}
    assert (undone.removed, undone.changed) == (0, 1)


def test_an_item_that_rows_without_hashes_may_have_repeated_stays(clinic):
    done = clinic.send(0, maria(flags="Frail", city="Rome"))
    clinic.send(1, maria(score="1"))
    connection = clinic.connection
    for table in ("attempt", "patient_change"):
        connection.execute(f"UPDATE {table} SET registry_version = 0".encode())
    connection.execute("UPDATE import_row SET confirmed_items = NULL")
    clinic.undo(done)
    assert clinic.value("flag/frail/name") == "Frail"
    assert clinic.value("address/home/city") is None


def test_a_patient_whom_a_later_file_named_stays_with_what_that_file_carried(clinic):
    done = clinic.send(0, maria(city="Rome", score="1"), john())
    clinic.send(1, maria(city="Oslo"))
    assert came_to(clinic.undo(done))[:2] == (1, 1)
    (facts,) = clinic.facts().values()
    assert facts == {
        "first_name": "Maria", "last_name": "Lopez", "birth_date": "1961-05-27",
        "birth_year": "1961", "gender": "F", "identifier/ehr/value": "E-1",
        "address/home/city": "Oslo",
    }  # fmt: skip


def test_a_patient_whom_a_person_opted_out_stays_with_what_a_patient_must_have(clinic):
    done = clinic.send(0, maria(city="Rome"))
    clinic.opt_out(done.patient(2))
    removed, changed, kept = came_to(clinic.undo(done))
    assert (removed, changed, kept) == (0, 1, 4)
    (facts,) = clinic.facts().values()
    assert facts == {
        "first_name": "Maria", "last_name": "Lopez", "birth_year": "1961", "gender": "F",
        "hie_opt_out": "true",
    }  # fmt: skip


def test_what_a_person_set_stays(clinic):
    first = clinic.send(0, maria(city="Rome"))
    done = clinic.send(1, maria(city="Oslo"))
    clinic.opt_out(first.patient(2))
    clinic.undo(done)
    assert clinic.value("hie_opt_out") == "true"
    assert clinic.value("address/home/city") == "Rome"


@pytest.mark.external_postgres
def test_an_identifier_that_is_another_patients_now_stays_with_them(clinic):
    clinic.send(0, maria(mbi="1EG4-TE5-MK73"))
    done = clinic.send(1, maria(mbi="1EG4-TE5-MK74", city="Rome"))
    other = clinic.send(2, john(mbi="1EG4-TE5-MK73"))
    assert came_to(clinic.undo(done)) == (0, 1, 1)
    holders = clinic.connection.execute(
        "SELECT patient_id, value FROM patient_identifier WHERE item = 'mbi' ORDER BY value"
    ).fetchall()
    assert holders == [(other.patient(2), "1EG4TE5MK73"), (done.patient(2), "1EG4TE5MK74")]


def test_identifiers_that_an_import_exchanged_are_exchanged_back(clinic, send_direct):
    send_direct(0, "C-1,Ada,One,1970,f", "C-2,Ben,Two,1971,m")
    connection = clinic.connection
    ada, ben = (
        each for (each,) in connection.execute("SELECT id FROM patient ORDER BY id").fetchall()
    )
    done = send_direct(1, "C-3,Cleo,Three,1972,f")
    # No format can do this in one file; the history says that this one did.
    connection.execute("DELETE FROM patient_identifier")
    for who, old, new in ((ada, "C-1", "C-2"), (ben, "C-2", "C-1")):
        connection.execute(
            "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
            " SELECT id, 'internal', %s, account_id FROM patient WHERE id = %s",
            (new, who),
        )
        connection.execute(
            "INSERT INTO patient_change SELECT %s, c.import_id, c.attempt, 9, c.received_at,"
            " json_build_object('identifier/internal/value', json_build_array(%s::text, %s::text)),"
            " c.registry_version FROM patient_change c WHERE c.import_id = %s LIMIT 1",
            (who, old, new, done.imported.id),
        )
        connection.execute(
            "INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)"
            " VALUES (%s, 1, %s, 'updated', %s)",
            (done.imported.id, 90 + (who == ada), who),
        )
    assert came_to(clinic.undo(done)) == (1, 2, 0)
    held = connection.execute(
        "SELECT patient_id, value FROM patient_identifier ORDER BY value"
    ).fetchall()
    assert held == [(ada, "C-1"), (ben, "C-2")]


@pytest.mark.parametrize(
    ("later", "confirmed", "chosen"),
    [
        (None, None, (1, "Oslo", "Rome")),
        ("Oslo", 3, (3, "Oslo", "Oslo")),
        ("Bern", 3, (3, "Bern", "Bern")),
    ],
    ids=["restored", "confirmed", "changed"],
)
def test_the_steps_of_a_preview_can_be_read_in_its_transaction(clinic, later, confirmed, chosen):
    clinic.send(0, maria(city="Rome"))
    done = clinic.send(1, maria(city="Oslo"))
    if later:
        clinic.send(2, maria(city=later))
    preview_undo(clinic.connection, done.imported, "x", MONDAY)

    def step(columns, table):
        query = f"SELECT {columns} FROM {table} WHERE address = 'address/home/city'"
        return clinic.connection.execute(query).fetchone()

    values = ["Rome", "Oslo", *(["Bern"] if later == "Bern" else [])]
    assert step("new_values, places, last_undone_place", "value_series") == (
        values,
        list(range(1, len(values) + 1)),
        2,
    )
    rank = "(assertion_rank & ((1::bigint << 40) - 1)) >> 1"
    assert step(rank, "confirmation") == (confirmed and (confirmed,))
    assert step("place, old, new", "chosen_value") == chosen
    assert (step("new", "value_to_restore") is None) == (later is not None)
