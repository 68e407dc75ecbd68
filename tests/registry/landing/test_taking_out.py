"""A real writer that pauses and goes on: whatever it writes is in an import in the end."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from registry.accounts.accounts import add_account
from registry.landing.drop_folder import (
    PENDING,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
    take_out,
)
from registry.landing.receive import archived_path
from registry.landing.stability import OPEN_SECONDS
from registry.landing.taking_out import HELD_PREFIX, HELD_SECONDS, Taken, TakenFile, settle
from registry.ledger.imports import list_imports
from registry.store.durable_files import digest
from tests.files import care
from tests.rights import held_to_modes

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUIET = 5.0
ROWS = [{"first": f"Ada{n}", "last": "Moore", "born": "01/02/1960"} for n in range(40)]
WRITER = """
import sys
path, *parts = sys.argv[1:]
with open(path, "w", newline="") as file:
    for part in parts:
        file.write(part)
        file.flush()
        print(flush=True)
        sys.stdin.readline()
"""


class Sender:
    """A process that writes a file part by part, and pauses after each with the file open."""

    def __init__(self, path, parts):
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, path, *parts],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.process.stdout.readline()

    def goes_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@pytest.fixture
def account(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def home(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": QUIET})


@pytest.fixture
def pending(home, account):
    ensure_folders(home, account)
    return account_folder(home, account) / PENDING


@pytest.fixture
def sender(pending):
    whole = care(*ROWS)
    middle = whole.index("Ada20")
    sender = Sender(pending / "roster.csv", [whole[:middle], whole[middle:]])
    sender.whole = whole
    yield sender
    sender.process.communicate()


@pytest.fixture
def look(connection, home, account):
    now, seen = 1000.0, {}
    minutes = count()

    def clock():
        return NOON + timedelta(minutes=next(minutes))

    def once(after=10.0):
        nonlocal now, seen
        now += after
        scan = scan_pending(home, account, seen, now)
        seen = register_ready(connection, home, account, scan, clock)

    return once


def end(connection, imported, home):
    """What a run does in the end. Returns whether the file was taken."""
    set_state(connection, imported, "processing")
    taken = take_out(connection, home, imported)
    set_state(connection, imported, "completed")
    return taken


def set_state(connection, imported, state):
    connection.execute("update import set state = %s where id = %s", (state, imported.id))
    connection.commit()


def test_a_writer_that_pauses_is_waited_for_while_it_has_the_file_open(
    connection, home, look, sender
):
    for _ in range(5):
        look()
    assert list_imports(connection) == []
    sender.goes_on()
    sender.process.communicate()
    look()
    look()
    (imported,) = list_imports(connection)
    assert archived_path(home, imported.sha256).read_bytes().decode() == sender.whole


def test_what_is_written_after_a_long_pause_is_a_new_import_of_the_whole_file(
    connection, home, look, sender, pending
):
    look()
    look(OPEN_SECONDS)
    (first,) = list_imports(connection)
    assert not end(connection, first, home)
    assert [path.name for path in pending.iterdir()] == ["roster.csv"]
    look()
    sender.goes_on()
    sender.process.communicate()
    for _ in range(4):
        look()
    newest, _ = list_imports(connection)
    assert archived_path(home, newest.sha256).read_bytes().decode() == sender.whole
    assert end(connection, newest, home)
    assert list(pending.iterdir()) == []
    look()
    assert len(list_imports(connection)) == 2


def test_a_writer_that_adds_nothing_leaves_no_second_import_and_no_file(
    connection, home, look, sender, pending
):
    look()
    look(OPEN_SECONDS)
    (first,) = list_imports(connection)
    assert not end(connection, first, home)
    sender.process.kill()
    sender.process.communicate()
    look()
    look()
    assert list(pending.iterdir()) == []
    assert [each.drop_name for each in list_imports(connection)] == [None]


class TestFilesOfWhichItIsNotKnownWhoWrites:
    """Kept hidden for an hour: what is written into them meanwhile comes back as a new file."""

    @pytest.fixture
    def held(self, pending):
        path = pending.parent / f"{HELD_PREFIX}some-import"
        path.write_text("first")
        return path

    def taken(self, held):
        return TakenFile("some-import", "roster.csv", digest(held), held.stat().st_size)

    def test_the_same_bytes_are_kept_while_the_hour_lasts(self, pending, held):
        settle(pending, self.taken(held))
        assert held.exists()
        assert list(pending.iterdir()) == []

    def test_further_bytes_get_the_name_back_at_once(self, pending, held):
        file = self.taken(held)
        with held.open("a") as writer:
            writer.write(" second")
        settle(pending, file)
        assert not held.exists()
        assert (pending / "roster.csv").read_text() == "first second"

    def test_the_same_bytes_are_removed_after_the_hour(self, pending, held, monkeypatch):
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + HELD_SECONDS + 1)
        settle(pending, self.taken(held))
        assert not held.exists()
        assert list(pending.iterdir()) == []

    def test_other_bytes_of_the_same_length_come_back_after_the_hour(
        self, pending, held, monkeypatch
    ):
        file = self.taken(held)
        held.write_text("other")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + HELD_SECONDS + 1)
        settle(pending, file)
        assert (pending / "roster.csv").read_text() == "other"

    def test_one_that_may_not_be_read_keeps_no_other_file_out(self, connection, pending, look):
        (pending / "roster.csv").write_text("x")
        look()
        look()
        (imported,) = list_imports(connection)
        held = pending.parent / f"{HELD_PREFIX}{imported.id}"
        (pending / "roster.csv").rename(held)
        held.write_text("longer")
        held.chmod(0)
        (pending / "next.csv").write_text("x")
        with held_to_modes():
            look()
            look()
        assert held.exists()
        assert list_imports(connection)[0].file_name == "next.csv"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
    def test_another_users_file_is_held(self, connection, pending, look):
        (pending / "roster.csv").write_text("x")
        look()
        look()
        (imported,) = list_imports(connection)
        path = pending / "roster.csv"
        assert path.exists()
        code = (
            "import os, sys; from pathlib import Path; from registry.landing.taking_out import *;"
            "os.setuid(65534); p = Path(sys.argv[1]);"
            "print(take_file(p, TakenFile('i', 'roster.csv', sys.argv[2], 1)).name)"
        )
        for folder in (pending, pending.parent):
            folder.chmod(0o777)
        for folder in pending.parents:
            folder.chmod(folder.stat().st_mode | 0o111)
        path.chmod(0o644)
        ran = subprocess.run(
            [sys.executable, "-c", code, pending, imported.sha256],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.stdout.strip() == Taken.HELD.name, ran.stderr
