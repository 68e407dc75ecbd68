"""The intake service: several at once, a heartbeat, zones of accounts."""

import threading
from contextlib import contextmanager

import pytest

from cli.services.intake import LOCK, heartbeat_file, seconds_since_look, serve
from registry.accounts.accounts import add_account
from registry.database.held_locks import held
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.zones_in_use import zones_in_use
from registry.ledger.imports import list_imports
from tests.waiting import eventually


@pytest.fixture
def home(database, tmp_path):
    return database.model_copy(update={"home": tmp_path, "drop_quiet_seconds": 0.0})


@contextmanager
def serving(home):
    over = threading.Event()
    service = threading.Thread(target=serve, args=(home, over))
    service.start()
    yield over
    over.set()
    service.join(10)
    assert not service.is_alive()


def test_a_dropped_file_waits_for_a_run_and_the_heart_beats(connection, home):
    account = add_account(connection, "acme", "thoroughcare")
    connection.commit()
    ensure_folders(home, account)
    (account_folder(home, account) / PENDING / "roster.csv").write_text("Ada\n")
    assert seconds_since_look(home) is None
    with serving(home):
        eventually(lambda: [each.state for each in list_imports(connection)] == ["waiting"])
        assert seconds_since_look(home) < 10


def test_of_two_one_looks_and_the_other_takes_over(connection, home):
    connection.autocommit = True
    with serving(home) as first:
        eventually(lambda: held(connection, [LOCK]))
        with serving(home):
            eventually(heartbeat_file(home).exists)
            first.set()
            heartbeat_file(home).unlink()
            eventually(heartbeat_file(home).exists)


def test_the_zone_of_a_new_account_gets_a_schedule(connection, home):
    add_account(connection, "acme", "thoroughcare", "America/Detroit")
    connection.commit()
    with serving(home):
        eventually(lambda: "America/Detroit" in zones_in_use(home))
