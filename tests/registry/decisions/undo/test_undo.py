"""Undo as an act: once, of all attempts; what was undone has no say, and may be run again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.database.row_level_security import as_account
from registry.decisions.undo import rehearse, undo, undone_imports
from registry.ledger.imports import get_import
from registry.patients.history import owner_of, read_record
from registry.patients.patients import set_opt_out
from schemas.errors import NotAllowed, NotFound
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import MONDAY
from tests.state import dump, replayed


def came_to(undone):
    return undone.removed, undone.changed, undone.kept


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


def test_two_who_undo_at_once_undo_once(desk, database):
    done = desk.clinic.send(0, maria(city="Rome"), john())
    desk.clinic.connection.commit()

    def take_back(name):
        with connect(database) as own:
            found = undo(own, done.imported, name, MONDAY)
            own.commit()
            return found

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(take_back, ("rita", "sam"))
    assert first == second
    assert desk.clinic.connection.execute("SELECT count(*) FROM decision").fetchone() == (1,)


def test_who_is_gone_has_a_history_and_an_owner_and_no_values(desk):
    account, connection = desk.clinic.account, desk.clinic.connection
    done = desk.clinic.send(0, maria(city="Rome"))
    desk.undo(done)
    assert owner_of(connection, done.patient(2)) == (account.id, account.name)
    record = read_record(connection, account.id, done.patient(2))
    assert record.is_removed
    assert record.name == "Maria Lopez"
    assert [change.values["address/home/city"] for change in record.changes] == [
        ("Rome", None),
        (None, "Rome"),
    ]
    other = add_account(connection, "other", "thoroughcare")
    with pytest.raises(NotFound):
        read_record(connection, other.id, done.patient(2))


@pytest.mark.external_postgres
def test_the_history_of_who_is_gone_stays_within_the_walls(desk):
    done = desk.clinic.send(0, maria(city="Rome"))
    desk.undo(done)
    connection = desk.clinic.connection
    other = add_account(connection, "other", "thoroughcare")
    connection.commit()
    for account, count in ((desk.clinic.account, 2), (other, 0)):
        with as_account(connection, account.id):
            for table, rows in (("patient_change", count), ("undone_attempt", count / 2)):
                found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
                assert found == (rows,), table
