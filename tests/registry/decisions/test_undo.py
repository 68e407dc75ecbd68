"""Undo of an import: once, of all attempts; an undone import asserts nothing, and may run again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.database.row_level_security import as_account
from registry.decisions.undo import preview_undo, undo, undone_imports
from registry.ledger.imports import get_import
from registry.patients.patients import set_opt_out
from schemas.errors import NotAllowed
from tests.files import care, john, maria
from tests.importing import process, put
from tests.nights import MONDAY
from tests.state import dump, replayed


def came_to(undone):
    return undone.removed, undone.changed, undone.kept


def test_two_attempts_are_undone_as_one(clinic):
    clinic.send(0, maria(city="Rome"))
    before = clinic.tables()
    done = clinic.send(1, maria(city="Oslo"), john())
    clinic.backfill(done)
    undone = clinic.undo(done)
    assert (undone.attempt, *came_to(undone)) == (2, 1, 1, 0)
    assert clinic.tables() == before


def test_undone_twice_is_undone_once(clinic):
    done = clinic.send(0, maria(city="Rome"))
    first = clinic.undo(done, "rita@example.com")
    version = clinic.connection.execute("SELECT registry_version FROM account").fetchall()
    again = clinic.undo(done, "sam@example.com")
    assert again == first
    assert version == clinic.connection.execute("SELECT registry_version FROM account").fetchall()


def test_run_again_it_is_in_effect_and_can_be_undone_again(clinic):
    clinic.send(0, maria(city="Rome"))
    before = clinic.tables()
    done = clinic.send(1, maria(city="Oslo", flags="Frail"), john())
    applied = clinic.tables()
    clinic.undo(done)
    assert undone_imports(clinic.connection, [done.imported.id])
    again = clinic.backfill(done)
    assert again.outcomes == ["updated", "created"]
    assert again.patient(3) == done.patient(3)
    assert clinic.tables() == applied
    assert not undone_imports(clinic.connection, [done.imported.id])
    assert came_to(clinic.undo(done)) == (1, 1, 0)
    assert clinic.tables() == before


def test_run_again_it_creates_a_new_patient_where_it_does_not_find_the_old_one(clinic, send_direct):
    done = send_direct(0, "C-1,Ada,One,1970,f")
    left = done.patient(1)
    connection = clinic.connection
    (account_id,) = connection.execute(
        "SELECT account_id FROM patient WHERE id = %s", (left,)
    ).fetchone()
    set_opt_out(connection, account_id, left, MONDAY + timedelta(days=3), opt_out=True)
    assert came_to(clinic.undo(done))[:2] == (0, 1)
    again = clinic.backfill(done)
    assert again.outcomes == ["created"]
    assert again.patient(1) != left
    assert came_to(clinic.undo(done)) == (1, 0, 0)
    assert [row[0] for row in clinic.tables()["patient"]] == [left]


@pytest.mark.parametrize("order", [(1, 0), (0, 1)], ids=["newest first", "oldest first"])
def test_two_imports_undone_in_either_order_leave_the_same(clinic, order):
    clinic.send(0, maria(city="Rome", score="1", flags="Frail"))
    before = clinic.tables()
    both = [
        clinic.send(1, maria(city="Oslo", score="2", flags="Lives alone"), john(city="Bern")),
        clinic.send(2, maria(city="Oslo", score="3", flags="Lives alone"), john(score="5")),
    ]
    for place in order:
        clinic.undo(both[place])
    assert clinic.tables() == before


def test_an_undone_import_does_not_hold_back_older_files(clinic):
    clinic.send(0, maria(city="Rome"))
    newer = clinic.send(5, maria(city="Oslo", flags="#N/A"))
    clinic.undo(newer)
    late = clinic.send(3, maria(city="Bern"))
    assert late.outcomes == ["updated"]
    assert clinic.value("address/home/city") == "Bern"


def test_an_undone_removal_does_not_hold_back_older_files(clinic):
    clinic.send(0, maria(flags="Frail"))
    newer = clinic.send(5, maria(flags="#N/A"))
    clinic.undo(newer)
    assert clinic.value("flag/frail/name") == "Frail"
    late = clinic.send(3, maria(flags="Lives alone; Frail"))
    assert late.outcomes == ["updated"]
    assert "kept_newer_value" not in late.codes()


def test_an_undo_does_not_hold_back_older_files_as_a_persons_change_would(clinic):
    clinic.send(0, maria(city="Rome"))
    done = clinic.send(1, maria(city="Oslo"))
    clinic.undo(done)
    late = clinic.send(2, maria(city="Bern"))
    assert (late.outcomes, late.codes()) == (["updated"], [])


def test_of_an_import_run_again_the_attempt_in_effect_holds_back_older_files(clinic):
    clinic.send(0, maria(city="Rome"))
    newer = clinic.send(5, maria(city="Oslo"))
    clinic.undo(newer)
    clinic.backfill(newer)
    late = clinic.send(3, maria(city="Bern"))
    assert late.codes(2)[0] == "kept_newer_value"
    assert clinic.value("address/home/city") == "Oslo"


def test_an_import_that_was_matched_before_the_undo_is_matched_again_after_it(clinic):
    done = clinic.send(0, maria(city="Rome"))
    waiting = clinic.receive(1, maria(city="Oslo"))
    before = ("landed_files", "staged_patients", "matched_patients")
    process(clinic.settings, clinic.connection, waiting, stages=before)
    clinic.undo(done)
    after = process(
        clinic.settings, clinic.connection, waiting, stages=("patients", "result_files")
    )
    assert after.outcomes == ["created"]
    assert clinic.value("address/home/city") == "Oslo"


def test_pairs_for_review_go_with_the_patient(clinic):
    clinic.send(0, maria())
    done = clinic.send(1, {**maria(), "ehr": "E-9"})
    count = "SELECT count(*) FROM review WHERE state = 'open'"
    assert clinic.connection.execute(count).fetchone() == (1,)
    clinic.undo(done)
    assert clinic.connection.execute(count).fetchone() == (0,)
    clinic.backfill(done)
    assert clinic.connection.execute(count).fetchone() == (1,)


def test_every_change_still_fits_the_one_before_it(clinic):
    first = clinic.send(0, maria(city="Rome", flags="Frail"), john())
    second = clinic.send(1, maria(city="Oslo", flags="#N/A"), john(city="Bern"))
    clinic.undo(second)
    clinic.send(2, maria(city="Kyiv"))
    clinic.undo(first)
    assert replayed(clinic.connection, clinic.account.id) == clinic.facts()


def test_a_dry_run_cannot_be_undone(clinic):
    dry = put(clinic.settings, clinic.connection, clinic.account, care(maria()),
              folder=clinic.folder, dry_run=True)  # fmt: skip
    process(clinic.settings, clinic.connection, dry)
    with pytest.raises(NotAllowed, match="is a dry run and changed no patient"):
        undo(clinic.connection, get_import(clinic.connection, dry.partition_key), "x", MONDAY)


def test_an_import_that_is_not_over_or_failed_cannot_be_undone(clinic):
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


def test_a_preview_says_what_an_undo_would_do_and_writes_nothing(clinic):
    clinic.send(0, maria(city="Rome", score="1"))
    done = clinic.send(1, maria(city="Oslo", score="2"), john())
    clinic.send(2, maria(score="2"))
    connection = clinic.connection
    before = dump(connection)
    would = preview_undo(connection, done.imported, "x", MONDAY)
    connection.commit()
    assert came_to(would) == (1, 1, 1)
    assert dump(connection) == before
    assert came_to(clinic.undo(done)) == came_to(would)


def test_two_people_who_undo_at_once_undo_once(clinic, database):
    done = clinic.send(0, maria(city="Rome"), john())
    clinic.connection.commit()

    def take_back(name):
        with connect(database) as own:
            found = undo(own, done.imported, name, MONDAY)
            own.commit()
            return found

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(take_back, ("rita", "sam"))
    assert first == second
    assert clinic.connection.execute("SELECT count(*) FROM decision").fetchone() == (1,)


@pytest.mark.external_postgres
def test_the_history_of_a_removed_patient_is_shown_to_its_account_only(clinic):
    done = clinic.send(0, maria(city="Rome"))
    clinic.undo(done)
    connection = clinic.connection
    other = add_account(connection, "other", "thoroughcare")
    connection.commit()
    for account, count in ((clinic.account, 2), (other, 0)):
        with as_account(connection, account.id):
            for table, rows in (("patient_change", count), ("undone_attempt", count / 2)):
                found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
                assert found == (rows,), table
