"""A real small file system that fills up and has room again."""

from datetime import UTC, datetime

import pytest

from cli.installation.machine_checks import check_machine
from gateway.sftp.account_usage import AccountUsage
from gateway.sftp.folders import folders_of
from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing.disk_reserve import NO_ROOM, free_bytes
from registry.landing.drop_folder import (
    PENDING,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
)
from registry.ledger.imports import list_imports
from schemas.errors import DiskFull
from tests.importing import process, put

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MIB = 1024**2


@pytest.fixture
def full(database, small_disk):
    """Settings of a home with less room than the reserve, and a function that makes room."""
    folder, grow = small_disk
    changes = {"home": folder, "disk_reserve_bytes": 16 * MIB, "drop_quiet_seconds": 0.0}
    return database.model_copy(update=changes), grow


@pytest.fixture
def account(connection):
    account = add_account(connection, "clinic", "ptdirect")
    connection.commit()
    return account


def look_twice(connection, settings, account):
    seen = {}
    for now in (0.0, 1.0):
        scan = scan_pending(settings, account, seen, now)
        seen = register_ready(connection, settings, account, scan, lambda: NOON)


def test_a_file_is_refused_while_the_reserve_is_not_free_and_taken_afterwards(
    connection, full, account, tmp_path
):
    settings, grow = full
    assert free_bytes(settings.home / "not" / "there") <= 8 * MIB
    with pytest.raises(DiskFull, match="16 MiB are kept in reserve"):
        put(settings, connection, account, "x", folder=tmp_path)
    assert list_imports(connection) == []
    grow()
    assert put(settings, connection, account, "x", folder=tmp_path).state == "waiting"


def test_dropped_files_are_left_alone_and_taken_in_once_there_is_room(
    connection, full, account, caplog
):
    settings, grow = full
    ensure_folders(settings, account)
    for name in ("a.csv", "b.csv"):
        (account_folder(settings, account) / PENDING / name).write_text(name)
    look_twice(connection, settings, account)
    assert list_imports(connection) == []
    assert "disk_full" in caplog.text
    grow()
    look_twice(connection, settings, account)
    assert len(list_imports(connection)) == 2


def test_an_sftp_client_is_told_before_it_sends_a_byte(full, account):
    settings, grow = full
    ensure_folders(settings, account)
    usage = AccountUsage(
        settings, account, folders_of(settings, account, lambda: connect(settings))
    )
    assert usage.refuse_another_file("roster.csv") == NO_ROOM
    grow()
    assert usage.refuse_another_file("roster.csv") is None


def test_the_doctor_says_that_nothing_is_taken_in(full):
    settings, grow = full
    (disk,) = [check for check in check_machine(settings) if check.name == "disk"]
    assert (disk.level, disk.found) == ("fail", "full, nothing is taken in")
    assert "Make room" in disk.todo
    grow()
    (disk,) = [check for check in check_machine(settings) if check.name == "disk"]
    assert disk.found != "full, nothing is taken in"


def test_an_import_that_the_disk_has_no_room_for_is_not_begun_and_runs_once_there_is_room(
    connection, full, account, tmp_path
):
    settings, grow = full
    settings = settings.model_copy(update={"disk_reserve_bytes": 2 * MIB})
    content = "".join(f"C{n},Ann,Lee,1977,f\n" for n in range(990)) + f"C0,{'x' * MIB},Lee,1977,f\n"
    imported = put(settings, connection, account, content, folder=tmp_path)
    with pytest.raises(DiskFull, match="needs about 10 MiB of the disk"):
        process(settings, connection, imported)
    assert not list(settings.home.rglob("*.duckdb"))
    grow()
    assert process(settings, connection, imported).imported.state == "completed"
