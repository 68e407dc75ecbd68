from datetime import UTC, datetime

import pytest

from gateway.sftp.account_usage import AccountUsage
from gateway.sftp.folders import folders_of
from registry.accounts.accounts import add_account
from registry.accounts.activity_log import list_events
from registry.database.connections import connect
from registry.landing.drop_folder import (
    PENDING,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
)
from registry.landing.helper_files import is_helper
from registry.ledger.imports import list_imports

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HELPERS = (
    ".DS_Store", "._roster.csv", "~$roster.xlsx", "Thumbs.db", "desktop.ini", "roster.csv.done",
    "roster.csv.MD5", "roster.csv.sha256",
)  # fmt: skip


@pytest.mark.parametrize("name", HELPERS)
def test_what_programs_lay_beside_a_roster_is_a_helper(name):
    assert is_helper(name)


@pytest.mark.parametrize("name", ["roster.csv", "done.csv", "md5", "thumbs.db.csv", "sha256.txt"])
def test_a_roster_is_none(name):
    assert not is_helper(name)


def test_helpers_stay_are_not_imported_and_are_noted_once(connection, database, tmp_path):
    own = database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})
    account = add_account(connection, "clinic", "ptdirect")
    connection.commit()
    ensure_folders(own, account)
    pending = account_folder(own, account) / PENDING
    for name in (*HELPERS, "roster.csv"):
        (pending / name).write_text("x")
    seen = {}
    for now in (0.0, 1.0, 2.0):
        scan = scan_pending(own, account, seen, now)
        seen = register_ready(connection, own, account, scan, lambda: NOON)
    assert [each.file_name for each in list_imports(connection)] == ["roster.csv"]
    assert {path.name for path in pending.iterdir()} == {*HELPERS, "roster.csv"}
    noted = list_events(connection, account_id=account.id)
    assert sorted(each.file_name for each in noted) == sorted(HELPERS)
    assert {each.detail for each in noted} == {
        "a file that a program lays beside a roster; it is not imported"
    }


def test_helpers_do_not_count_as_waiting_files(connection, database, tmp_path):
    own = database.model_copy(update={"home": tmp_path / "home", "sftp_max_waiting_files": 1})
    account = add_account(connection, "clinic", "ptdirect")
    ensure_folders(own, account)
    pending = account_folder(own, account) / PENDING
    for name in HELPERS:
        (pending / name).write_text("x")
    usage = AccountUsage(own, account, folders_of(own, account, lambda: connect(own)))
    assert usage.refuse_another_file("roster.csv") is None
    (pending / "roster.csv").write_text("x")
    assert "1 files wait already" in (usage.refuse_another_file("more.csv") or "")
    assert usage.refuse_another_file("roster.csv.md5") is None
