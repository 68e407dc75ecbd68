"""Undo of an import: what comes back, what stays, and whom it removes."""

from datetime import timedelta

import pytest

from registry.ledger import get_import
from registry.patients import set_opt_out
from registry.undo import rehearse, undo, undone_imports
from schemas.errors import NotAllowed
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import MONDAY
from tests.state import dump, replayed

pytestmark = pytest.mark.external_postgres


def came_to(undone):
    return undone.removed, undone.changed, undone.kept


def test_the_only_import_undone_leaves_nobody_and_the_history(desk):
    done = desk.clinic.send(0, maria(city="Rome", flags="Frail; Lives alone"), john())
    assert came_to(desk.undo(done)) == (2, 0, 0)
    assert not any(desk.tables().values())
    changes = desk.clinic.connection.execute(
        "SELECT attempt, changes -> 'address/home/city' FROM patient_change"
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
        {"first": "Mary", "last": "Lopes", "born": "1961-05-28"},
        {"phone": "212-555-0124", "email": "m@example.com", "department": "Heart"},
        {"mbi": "1EG4-TE5-MK73"},
    ],
    ids="+".join,
)
def test_an_update_undone_brings_back_what_was_there(desk, changed):
    first = {"city": "Rome", "score": "1", "flags": "Frail", "codes": "E11.9"}
    desk.clinic.send(0, maria(**first, phone="212-555-0123"), john())
    before = desk.tables()
    done = desk.clinic.send(1, maria(**changed))
    assert desk.tables() != before
    assert came_to(desk.undo(done)) == (0, 1, 0)
    assert desk.tables() == before


def test_several_rows_of_one_patient_are_undone_together(desk):
    done = desk.clinic.send(
        0, maria(city="Rome"), maria(city="Oslo", flags="Frail"), maria(score="3", flags="#N/A")
    )
    assert came_to(desk.undo(done)) == (1, 0, 0)
    desk.clinic.send(1, maria(city="Bern", score="1"))
    before = desk.tables()
    again = desk.clinic.send(2, maria(city="Rome"), maria(city="#N/A"), maria(score="2"))
    assert came_to(desk.undo(again)) == (0, 1, 0)
    assert desk.tables() == before


def test_a_value_that_a_file_changed_and_changed_back_is_left_alone(desk):
    desk.clinic.send(0, maria(city="Rome"))
    before = desk.tables()
    done = desk.clinic.send(1, maria(city="Oslo"), maria(city="Rome"))
    assert came_to(desk.undo(done)) == (0, 0, 0)
    assert desk.tables() == before


def test_what_a_later_file_changed_stays(desk):
    desk.clinic.send(0, maria(city="Rome", score="1"))
    done = desk.clinic.send(1, maria(city="Oslo", score="2"))
    desk.clinic.send(2, maria(city="Bern"))
    assert came_to(desk.undo(done)) == (0, 1, 1)
    assert desk.clinic.value("address/home/city") == "Bern"
    assert desk.clinic.value("risk_score") == "1"


def test_what_a_later_file_merely_confirmed_stays(desk):
    desk.clinic.send(0, maria(city="Rome", score="1"))
    done = desk.clinic.send(1, maria(city="Oslo", score="2"))
    desk.clinic.send(2, maria(city="Oslo"))
    assert came_to(desk.undo(done)) == (0, 1, 1)
    assert desk.clinic.value("address/home/city") == "Oslo"
    assert desk.clinic.value("risk_score") == "1"


def test_what_a_later_file_cleared_stays_cleared(desk):
    desk.clinic.send(0, maria(city="Rome", flags="Frail"))
    done = desk.clinic.send(1, maria(city="Oslo", flags="Lives alone"))
    desk.clinic.send(2, maria(city="#N/A", flags="#N/A"))
    assert came_to(desk.undo(done)) == (0, 0, 2)
    assert desk.clinic.value("address/home/city") is None
    assert desk.clinic.value("flag/lives alone/name") is None
    assert desk.clinic.value("flag/frail/name") is None


def test_an_item_of_a_list_stays_where_a_later_file_repeated_it(desk):
    done = desk.clinic.send(0, maria(flags="Frail; Lives alone", codes="E11.9; I10"))
    desk.clinic.send(1, maria(flags="Frail", codes="I10"))
    undone = desk.undo(done)
    (facts,) = desk.clinic.facts().values()
    lists = {address for address in facts if address.startswith(("flag", "condition"))}
    assert lists == {"flag/frail/name", "condition/I10/code"}
    assert (undone.removed, undone.changed) == (0, 1)


def test_what_rows_of_before_this_was_recorded_may_have_repeated_stays(desk):
    done = desk.clinic.send(0, maria(flags="Frail", city="Rome"))
    desk.clinic.send(1, maria(score="1"))
    connection = desk.clinic.connection
    for table in ("attempt", "patient_change"):
        connection.execute(f"UPDATE {table} SET registry_version = 0".encode())
    connection.execute("UPDATE import_row SET confirmed_items = NULL")
    desk.undo(done)
    assert desk.clinic.value("flag/frail/name") == "Frail"
    assert desk.clinic.value("address/home/city") is None


def test_a_patient_whom_a_later_file_named_stays_with_what_that_file_said(desk):
    done = desk.clinic.send(0, maria(city="Rome", score="1"), john())
    desk.clinic.send(1, maria(city="Oslo"))
    assert came_to(desk.undo(done))[:2] == (1, 1)
    (facts,) = desk.clinic.facts().values()
    assert facts == {
        "first_name": "Maria", "last_name": "Lopez", "birth_date": "1961-05-27",
        "birth_year": "1961", "gender": "F", "identifier/ehr/value": "E-1",
        "address/home/city": "Oslo",
    }  # fmt: skip


def test_a_patient_for_whom_a_person_decided_stays_with_what_a_patient_must_have(desk):
    done = desk.clinic.send(0, maria(city="Rome"))
    desk.opts_out(done.patient(2))
    removed, changed, kept = came_to(desk.undo(done))
    assert (removed, changed, kept) == (0, 1, 4)
    (facts,) = desk.clinic.facts().values()
    assert facts == {
        "first_name": "Maria", "last_name": "Lopez", "birth_year": "1961", "gender": "F",
        "hie_opt_out": "true",
    }  # fmt: skip


def test_what_a_person_set_stays(desk):
    first = desk.clinic.send(0, maria(city="Rome"))
    done = desk.clinic.send(1, maria(city="Oslo"))
    desk.opts_out(first.patient(2))
    desk.undo(done)
    assert desk.clinic.value("hie_opt_out") == "true"
    assert desk.clinic.value("address/home/city") == "Rome"


def test_an_identifier_that_is_another_patients_now_is_not_taken_from_him(desk):
    desk.clinic.send(0, maria(mbi="1EG4-TE5-MK73"))
    done = desk.clinic.send(1, maria(mbi="1EG4-TE5-MK74", city="Rome"))
    other = desk.clinic.send(2, john(mbi="1EG4-TE5-MK73"))
    assert came_to(desk.undo(done)) == (0, 1, 1)
    holders = desk.clinic.connection.execute(
        "SELECT patient_id, value FROM patient_identifier WHERE item = 'mbi' ORDER BY value"
    ).fetchall()
    assert holders == [(other.patient(2), "1EG4TE5MK73"), (done.patient(2), "1EG4TE5MK74")]


def test_identifiers_that_an_import_exchanged_are_exchanged_back(desk, send_direct):
    send_direct(0, "C-1,Ada,One,1970,f", "C-2,Ben,Two,1971,m")
    connection = desk.clinic.connection
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
    assert came_to(desk.undo(done)) == (1, 2, 0)
    held = connection.execute(
        "SELECT patient_id, value FROM patient_identifier ORDER BY value"
    ).fetchall()
    assert held == [(ada, "C-1"), (ben, "C-2")]


def test_two_attempts_are_undone_as_one(desk):
    desk.clinic.send(0, maria(city="Rome"))
    before = desk.tables()
    done = desk.clinic.send(1, maria(city="Oslo"), john())
    desk.clinic.backfill(done)
    undone = desk.undo(done)
    assert (undone.attempt, *came_to(undone)) == (2, 1, 1, 0)
    assert desk.tables() == before


def test_undone_twice_is_undone_once(desk):
    done = desk.clinic.send(0, maria(city="Rome"))
    first = desk.undo(done, "rita@example.com")
    version = desk.clinic.connection.execute("SELECT registry_version FROM account").fetchall()
    again = desk.undo(done, "sam@example.com")
    assert again == first
    assert (
        version == desk.clinic.connection.execute("SELECT registry_version FROM account").fetchall()
    )


def test_run_again_it_stands_and_can_be_undone_again(desk):
    desk.clinic.send(0, maria(city="Rome"))
    before = desk.tables()
    done = desk.clinic.send(1, maria(city="Oslo", flags="Frail"), john())
    applied = desk.tables()
    desk.undo(done)
    assert undone_imports(desk.clinic.connection, [done.imported.id])
    again = desk.clinic.backfill(done)
    assert again.outcomes == ["updated", "created"]
    assert again.patient(3) == done.patient(3)
    assert desk.tables() == applied
    assert not undone_imports(desk.clinic.connection, [done.imported.id])
    assert came_to(desk.undo(done)) == (1, 1, 0)
    assert desk.tables() == before


def test_run_again_it_creates_anew_whom_it_does_not_find(desk, send_direct):
    done = send_direct(0, "C-1,Ada,One,1970,f")
    left = done.patient(1)
    connection = desk.clinic.connection
    (account_id,) = connection.execute(
        "SELECT account_id FROM patient WHERE id = %s", (left,)
    ).fetchone()
    set_opt_out(connection, account_id, left, MONDAY + timedelta(days=3), opt_out=True)
    assert came_to(desk.undo(done))[:2] == (0, 1)
    again = desk.clinic.backfill(done)
    assert again.outcomes == ["created"]
    assert again.patient(1) != left
    assert came_to(desk.undo(done)) == (1, 0, 0)
    assert [row[0] for row in desk.tables()["patient"]] == [left]


@pytest.mark.parametrize("order", [(1, 0), (0, 1)], ids=["newest first", "oldest first"])
def test_two_imports_undone_in_either_order_leave_the_same(desk, order):
    desk.clinic.send(0, maria(city="Rome", score="1", flags="Frail"))
    before = desk.tables()
    both = [
        desk.clinic.send(1, maria(city="Oslo", score="2", flags="Lives alone"), john(city="Bern")),
        desk.clinic.send(2, maria(city="Oslo", score="3", flags="Lives alone"), john(score="5")),
    ]
    for place in order:
        desk.undo(both[place])
    assert desk.tables() == before


def test_what_was_undone_has_no_say_over_older_files(desk):
    desk.clinic.send(0, maria(city="Rome"))
    newer = desk.clinic.send(5, maria(city="Oslo", flags="#N/A"))
    desk.undo(newer)
    late = desk.clinic.send(3, maria(city="Bern"))
    assert late.outcomes == ["updated"]
    assert desk.clinic.value("address/home/city") == "Bern"


def test_a_removal_that_was_undone_has_no_say_over_older_files(desk):
    desk.clinic.send(0, maria(flags="Frail"))
    newer = desk.clinic.send(5, maria(flags="#N/A"))
    desk.undo(newer)
    assert desk.clinic.value("flag/frail/name") == "Frail"
    late = desk.clinic.send(3, maria(flags="Lives alone; Frail"))
    assert late.outcomes == ["updated"]
    assert "kept_newer_value" not in late.codes()


def test_an_undo_is_no_wish_of_a_person_that_files_must_respect(desk):
    desk.clinic.send(0, maria(city="Rome"))
    done = desk.clinic.send(1, maria(city="Oslo"))
    desk.undo(done)
    late = desk.clinic.send(2, maria(city="Bern"))
    assert (late.outcomes, late.codes()) == (["updated"], [])


def test_of_an_import_run_again_only_the_attempt_that_stands_has_a_say(desk):
    desk.clinic.send(0, maria(city="Rome"))
    newer = desk.clinic.send(5, maria(city="Oslo"))
    desk.undo(newer)
    desk.clinic.backfill(newer)
    late = desk.clinic.send(3, maria(city="Bern"))
    assert late.codes(2)[0] == "kept_newer_value"
    assert desk.clinic.value("address/home/city") == "Oslo"


def test_an_import_that_was_matched_before_the_undo_is_matched_again_after_it(desk):
    done = desk.clinic.send(0, maria(city="Rome"))
    waiting = desk.clinic.receive(1, maria(city="Oslo"))
    before = ("landed_files", "staged_patients", "matched_patients")
    process(desk.clinic.settings, desk.clinic.connection, waiting, stages=before)
    desk.undo(done)
    after = process(
        desk.clinic.settings, desk.clinic.connection, waiting, stages=("patients", "result_files")
    )
    assert after.outcomes == ["created"]
    assert desk.clinic.value("address/home/city") == "Oslo"


def test_the_checks_of_an_undone_import_do_not_miss_whom_the_undo_removed(desk):
    done = desk.clinic.send(0, maria(), john())
    desk.undo(done)
    clinic = desk.clinic
    again = process(clinic.settings, clinic.connection, done.imported, stages=("patients",))
    figures = again.reports["patients"].figures
    assert (figures["orphans"], figures["counts apart"]) == (0, 0)
    assert not any(desk.tables().values())


def test_pairs_for_review_go_with_the_patient(desk):
    desk.clinic.send(0, maria())
    done = desk.clinic.send(1, {**maria(), "ehr": "E-9"})
    count = "SELECT count(*) FROM review WHERE state = 'open'"
    assert desk.clinic.connection.execute(count).fetchone() == (1,)
    desk.undo(done)
    assert desk.clinic.connection.execute(count).fetchone() == (0,)
    desk.clinic.backfill(done)
    assert desk.clinic.connection.execute(count).fetchone() == (1,)


def test_every_change_still_fits_the_one_before_it(desk):
    first = desk.clinic.send(0, maria(city="Rome", flags="Frail"), john())
    second = desk.clinic.send(1, maria(city="Oslo", flags="#N/A"), john(city="Bern"))
    desk.undo(second)
    desk.clinic.send(2, maria(city="Kyiv"))
    desk.undo(first)
    assert replayed(desk.clinic.connection, desk.clinic.account.id) == desk.clinic.facts()


def test_a_dry_run_cannot_be_undone(desk):
    clinic = desk.clinic
    dry = put(clinic.settings, clinic.connection, clinic.account, care(maria()),
              folder=clinic.folder, dry_run=True)  # fmt: skip
    process(clinic.settings, clinic.connection, dry)
    with pytest.raises(NotAllowed, match="is a dry run and changed no patient"):
        undo(clinic.connection, get_import(clinic.connection, dry.partition_key), "x", MONDAY)


def test_what_is_not_over_or_failed_cannot_be_undone(desk):
    clinic = desk.clinic
    waiting = clinic.receive(0, maria())
    with pytest.raises(NotAllowed, match="is waiting; wait until it is over"):
        undo(clinic.connection, waiting, "x", MONDAY)
    process(clinic.settings, clinic.connection, waiting, stages=("landed_files",))
    with pytest.raises(NotAllowed, match="is processing; wait until it is over"):
        undo(clinic.connection, waiting, "x", MONDAY)
    failed = put(clinic.settings, clinic.connection, clinic.account, "", folder=clinic.folder)
    process(clinic.settings, clinic.connection, failed)
    with pytest.raises(NotAllowed, match="is failed and changed no patient"):
        undo(clinic.connection, failed, "x", MONDAY)


def test_a_rehearsal_says_what_an_undo_would_do_and_writes_nothing(desk):
    desk.clinic.send(0, maria(city="Rome", score="1"))
    done = desk.clinic.send(1, maria(city="Oslo", score="2"), john())
    desk.clinic.send(2, maria(score="2"))
    connection = desk.clinic.connection
    before = dump(connection)
    would = rehearse(connection, done.imported, "x", MONDAY)
    connection.commit()
    assert came_to(would) == (1, 1, 1)
    assert dump(connection) == before
    assert came_to(desk.undo(done)) == came_to(would)
