"""What the sender's folder of results says of uploads that have no result file."""

import csv
import os
import time
from datetime import UTC, datetime
from functools import partial

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.activity_log import list_events
from registry.landing.answered import record_held
from registry.landing.drop_folder import (
    PENDING,
    RESULTS,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
)
from registry.landing.helper_files import NOT_IMPORTED, NOT_READABLE, TOO_LARGE
from registry.landing.pending_folder import land, remove, rename
from registry.landing.pending_imports import import_in_pending
from registry.landing.stability import STRAY_SECONDS, stray_names
from registry.landing.upload_record import HELD, REPLACED, TAKEN_BACK
from registry.ledger import states
from registry.ledger.imports import list_imports
from tests.rights import held_to_modes

EVENING = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
"""In New York it is 20:30 on the day before."""

LATER = datetime(2026, 11, 21, 1, 45, tzinfo=UTC)
NEXT_DAY = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.fixture
def own(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})


@pytest.fixture
def account(connection, own):
    found = add_account(connection, "clinic", "ptdirect", "America/New_York")
    connection.commit()
    ensure_folders(own, found)
    return found


@pytest.fixture
def results(own, account):
    return account_folder(own, account) / RESULTS


@pytest.fixture
def send(connection, own, account, tmp_path):
    def one(name, at=EVENING, content=b"x"):
        (tmp_path / name).write_bytes(content)
        land(connection, own, account, tmp_path / name, at)

    return one


def look_until_still(connection, settings, account, at=EVENING):
    """Look into the plain folder until what is there stands still."""
    seen = {}
    for now in (0.0, 1.0, 2.0):
        found = scan_pending(settings, account, seen, now)
        seen = register_ready(connection, settings, account, found, lambda: at)


@pytest.fixture
def scan(connection, own, account):
    return partial(look_until_still, connection, own, account)


def record(folder, day="2026-11-20"):
    with (folder / f"Uploads not imported {day}.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["Received", "File", "Bytes", "What became of it"]
    return [tuple(line) for line in lines]


class TestAnUploadIsInTheRecord:
    def test_once_a_newer_one_replaced_it(self, send, results):
        send("roster.csv", content=b"older")
        assert list(results.iterdir()) == []
        send("roster.csv", LATER, b"newer one")
        assert record(results) == [("2026-11-20 20:30:00", "roster.csv", "5", REPLACED)]
        send("roster.csv", NEXT_DAY)
        assert [line[2] for line in record(results)] == ["5", "9"]

    def test_once_it_was_deleted(self, send, results, connection, own, account):
        send("roster.csv")
        remove(connection, own, account, "roster.csv")
        assert record(results) == [("2026-11-20 20:30:00", "roster.csv", "1", TAKEN_BACK)]

    def test_while_it_is_held_with_the_reason(self, send, results, connection, own, account):
        send("roster.csv")
        waiting = import_in_pending(connection, account, "roster.csv")
        record_held(connection, own, account, waiting)
        assert list(results.iterdir()) == [], "it was never held"
        attempt = states.take_up(connection, waiting.id, "run")
        states.hold_attempt(connection, attempt, "2 rows, usually 10", EVENING)
        record_held(connection, own, account, waiting)
        said = HELD + "2 rows, usually 10"
        assert record(results) == [("2026-11-20 20:30:00", "roster.csv", "1", said)]
        states.let_through(connection, waiting.id, "rita", LATER)
        record_held(connection, own, account, waiting)
        assert record(results) == []

    @pytest.mark.parametrize("new", ["other.csv", "roster.csv.part"])
    def test_once_another_was_renamed_over_it_or_it_lost_its_name(
        self, send, results, connection, own, account, new
    ):
        for name in ("other.csv", "roster.csv"):
            send(name)
        rename(connection, own, account, "roster.csv", new, received_at=LATER, overwrite=True)
        said = REPLACED if new == "other.csv" else TAKEN_BACK
        (line,) = record(results)
        assert line[1:] == ("other.csv" if new == "other.csv" else "roster.csv", "1", said)

    def test_once_it_went_through_the_plain_folder(self, own, account, results, scan):
        pending = account_folder(own, account) / PENDING
        for name in ("gone.csv", "kept.csv"):
            (pending / name).write_text("x")
        scan()
        (pending / "gone.csv").unlink()
        (pending / "kept.csv").write_text("another")
        scan(LATER)
        assert {(name, said) for _, name, _, said in record(results)} == {
            ("gone.csv", TAKEN_BACK), ("kept.csv", REPLACED),
        }  # fmt: skip

    def test_and_not_if_it_waits_or_is_renamed_to_another_roster(
        self, send, results, connection, own, account
    ):
        send("roster.csv")
        rename(connection, own, account, "roster.csv", "june.csv", received_at=LATER)
        assert list(results.iterdir()) == []


class TestAFileThatIsNoRosterIsInTheRecord:
    @pytest.fixture
    def today(self, connection, account):
        (day,) = connection.execute(
            "SELECT (now() AT TIME ZONE %s)::date::text", (account.time_zone,)
        ).fetchone()
        return day

    def said_of(self, folder, day):
        return [(name, said) for _, name, _, said in record(folder, day)]

    @pytest.mark.dated
    def test_and_in_the_operators_log(self, send, results, connection, account, today):
        for name in ("._roster.csv", ".~lock.roster.csv#", "Thumbs.db"):
            send(name)
        assert self.said_of(results, today) == [
            (name, NOT_IMPORTED) for name in ("._roster.csv", ".~lock.roster.csv#", "Thumbs.db")
        ]
        logged = list_events(connection, account_id=account.id)
        assert [each.detail for each in logged] == [NOT_IMPORTED] * 3

    def test_each_time_that_it_is_sent_and_once_where_it_stands(self, send, results, today, scan):
        for _ in range(2):
            send("Thumbs.db")
        scan()
        scan()
        assert self.said_of(results, today) == [("Thumbs.db", NOT_IMPORTED)] * 2

    def test_which_may_not_be_read_once_and_is_imported_when_it_may(
        self, results, connection, scan, today, caplog
    ):
        closed = results.with_name(PENDING) / "jane-doe.csv"
        closed.write_text("x")
        closed.chmod(0)
        with held_to_modes():
            scan()
            scan()
        assert self.said_of(results, today) == [("jane-doe.csv", NOT_READABLE)]
        assert caplog.messages == ["1 files cannot be taken in: account=clinic"]
        assert list_imports(connection) == []
        closed.chmod(0o400)
        with held_to_modes():
            scan()
        assert [each.state for each in list_imports(connection)] == ["waiting"]

    def test_which_is_too_large_unless_it_waits_already(
        self, own, account, results, connection, today
    ):
        pending = account_folder(own, account) / PENDING
        (pending / "waits.csv").write_text("x" * 11)
        look_until_still(connection, own, account)
        smaller = own.model_copy(update={"max_file_bytes": 10})
        (pending / "large.csv").write_text("x" * 11)
        look_until_still(connection, smaller, account)
        assert self.said_of(results, today) == [("large.csv", TOO_LARGE)]
        assert [each.file_name for each in list_imports(connection)] == ["waits.csv"]

    def test_with_a_name_that_is_temporary_for_an_hour(self, own, account):
        pending = account_folder(own, account) / PENDING
        for name in (".hidden.csv", "roster.csv.filepart", "~old.csv", "roster.csv", "._x.csv"):
            (pending / name).write_text("x")
        (pending / ".folder").mkdir()
        os.utime(pending / ".hidden.csv", (0, 0))  # as a sender sets it
        assert stray_names(pending, time.time()) == ()
        assert stray_names(pending, time.time() + STRAY_SECONDS + 1) == (
            ".hidden.csv", "roster.csv.filepart", "~old.csv",
        )  # fmt: skip

    def test_whose_name_would_be_a_formula_in_a_form_that_is_none(self, send, results):
        name = "=cmd|'x'!A1.csv"
        send(name)
        send(name, LATER)
        assert record(results)[0][1] == f"'{name}"


def test_a_result_that_cannot_be_written_does_not_refuse_the_upload(send, results, caplog):
    send("roster.csv")
    results.rmdir()
    results.write_text("not a folder")
    send("roster.csv", LATER)
    assert "uploads are not in the record: account=clinic" in caplog.text
