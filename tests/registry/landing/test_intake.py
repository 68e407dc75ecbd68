"""One look into all drop folders."""

import os
import time
from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account, list_accounts
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.intake import look
from registry.landing.observations import read_observations
from registry.landing.receive import receive
from registry.ledger.imports import list_imports


@pytest.fixture
def home(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})


@pytest.fixture
def looks(connection, home):
    """Looks into all drop folders, so many times."""

    def look_often(times=1, **seconds):
        for _ in range(times):
            look(connection, home, list_accounts(connection), **seconds)

    return look_often


@pytest.fixture
def account(connection, home):
    return new_account(connection, home, "acme")


def new_account(connection, home, name):
    account = add_account(connection, name, "thoroughcare")
    connection.commit()
    ensure_folders(home, account)
    return account


def drop_file(home, account, name="roster.csv", content="Ada\n"):
    (account_folder(home, account) / PENDING / name).write_text(content)


def test_a_complete_file_waits_after_the_second_look(connection, home, looks, account):
    drop_file(home, account)
    looks()
    assert list_imports(connection) == []
    looks()
    (imported,) = list_imports(connection)
    assert (imported.state, imported.source) == ("waiting", "drop")


def test_an_account_whose_folder_cannot_be_read_does_not_stop_the_others(
    connection, home, looks, account, caplog
):
    broken = new_account(connection, home, "broken")
    (account_folder(home, broken) / PENDING).rmdir()
    drop_file(home, account)
    looks(2)
    assert len(list_imports(connection)) == 1
    assert "a drop folder cannot be read: account=broken storage_unavailable" in caplog.text


def test_an_account_without_drop_folders_is_passed_by(connection, looks, caplog):
    add_account(connection, "api-only", "metriport", cadence="on_arrival")
    connection.commit()
    looks()
    assert caplog.text == ""


def test_what_is_remembered_holds_no_file_name_and_no_wall_clock(home, looks, account):
    drop_file(home, account, "jane doe 1950-01-01.csv")
    os.utime(account_folder(home, account) / PENDING / "jane doe 1950-01-01.csv", (0, 0))
    looks()
    (kept,) = (home.dagster_dir / "observations").iterdir()
    assert "jane" not in kept.read_text()
    assert "1950" not in kept.read_text()
    (seen,) = read_observations(home, "acme").values()
    assert (seen.stamp.mtime_ns, seen.registered) == (0, None)
    assert seen.since <= time.monotonic()


def test_what_is_remembered_goes_with_the_files(home, looks, account):
    for number in range(300):
        drop_file(home, account, f"{number}.csv")
    looks()
    assert len(read_observations(home, "acme")) == 300
    for number in range(300):
        (account_folder(home, account) / PENDING / f"{number}.csv").unlink()
    looks()
    assert list((home.dagster_dir / "observations").iterdir()) == []


def test_one_file_of_another_account_is_taken_in_although_hundreds_take_all_the_time(
    connection, home, looks, account
):
    late = new_account(connection, home, "zebra")
    for number in range(300):
        drop_file(home, account, f"{number}.csv", f"{number}\n")
    drop_file(home, late)
    looks()
    looks(seconds=0.5)
    taken = [each.account_id for each in list_imports(connection)]
    assert taken.count(late.id) == 1
    assert 0 < taken.count(account.id) < 300


def test_a_file_that_came_another_way_is_not_touched(connection, home, looks, account, tmp_path):
    path = tmp_path / "upload.csv"
    path.touch()
    receive(connection, home, account, path, source="api", received_at=datetime.now(UTC))
    looks(2)
    assert [each.source for each in list_imports(connection)] == ["api"]
