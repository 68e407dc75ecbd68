"""The archive is not believed: damaged bytes change no patient, and mend once they are restored."""

import pytest

from assets.preview import preview
from registry.accounts.accounts import add_account
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.receive import archived_path
from schemas.errors import ArchiveDamaged, StorageUnavailable
from tests.files import care, john, maria
from tests.importing import STAGES, process, put
from tests.state import facts

CONTENT = care(maria(city="Rome"), john(city="Lima"), *(john(ehr=f"E-{n}") for n in range(9, 60)))
NAMES = tuple(stage.name for stage in STAGES)


def flipped(content):
    return content.replace(b"Rome", b"Romf")


def truncated(content):
    return content[: len(content) // 3].rpartition(b"\n")[0] + b"\n"


def without_header(content):
    return content.partition(b"\r\n")[2]


def other_encoding(content):
    return content.replace(b"Lima", b"\x81ima")


def nothing(_content):
    return b""


DAMAGES = [flipped, truncated, without_header, other_encoding, nothing]


@pytest.fixture
def account(connection):
    added = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return added


@pytest.fixture
def received(database, connection, account, tmp_path):
    return put(database, connection, account, CONTENT, folder=tmp_path)


def damage(database, imported, how):
    """Damage the archived copy; returns what restores it."""
    path = archived_path(database, imported.sha256)
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(how(content))
    return lambda: path.write_bytes(content)


@pytest.mark.parametrize("how", DAMAGES)
def test_nothing_of_a_damaged_copy_is_imported_and_a_restored_one_is(
    database, connection, account, received, how
):
    restore = damage(database, received, how)
    failed = process(database, connection, received)
    assert failed.attempt.fault_code == "archive_damaged"
    assert failed.imported.state == "failed"
    assert "The sender's file is not at fault" in failed.result
    assert facts(connection, account.id) == {}
    restore()
    again = process(database, connection, received, again=True)
    assert again.imported.state == "completed"
    assert again.outcomes == ["created"] * 53


@pytest.mark.parametrize("how", DAMAGES)
def test_a_backfill_of_a_damaged_copy_changes_nobody(database, connection, account, received, how):
    process(database, connection, received)
    before = facts(connection, account.id)
    damage(database, received, how)
    assert preview(database, received).fault == "archive_damaged"
    assert process(database, connection, received, again=True).attempt.fault_code == (
        "archive_damaged"
    )
    assert facts(connection, account.id) == before


@pytest.mark.parametrize("how", DAMAGES)
def test_a_copy_that_is_damaged_before_the_result_is_written_is_not_needed_for_it(
    database, connection, received, how
):
    process(database, connection, received, stages=NAMES[:-1])
    damage(database, received, how)
    done = process(database, connection, received, stages=NAMES[-1:])
    assert done.imported.state == "completed"
    assert "Rome" in done.result
    assert done.result.count("\r\n") == 54


def test_a_result_is_not_made_of_a_damaged_copy_where_nothing_is_staged(
    database, connection, received
):
    process(database, connection, received, stages=NAMES[:-1])
    (database.staging_dir / f"{received.partition_key}.duckdb").unlink()
    restore = damage(database, received, flipped)
    with pytest.raises(ArchiveDamaged):
        process(database, connection, received, stages=NAMES[-1:])
    connection.rollback()
    restore()
    done = process(database, connection, received, stages=NAMES[-1:])
    assert "Rome" in done.result


def test_a_damaged_copy_is_put_back_from_pending(database, connection, account, received):
    ensure_folders(database, account)
    pending = account_folder(database, account) / PENDING / "roster.csv"
    pending.write_bytes(CONTENT.encode())
    connection.execute(
        "UPDATE import SET drop_name = 'roster.csv', source = 'drop' WHERE id = %s", (received.id,)
    )
    connection.commit()
    damage(database, received, flipped)
    done = process(database, connection, received)
    assert done.imported.state == "completed"
    assert archived_path(database, received.sha256).read_bytes() == CONTENT.encode()


def test_a_file_in_pending_with_other_bytes_puts_nothing_back(
    database, connection, account, received
):
    ensure_folders(database, account)
    pending = account_folder(database, account) / PENDING / "roster.csv"
    pending.write_bytes(flipped(CONTENT.encode()))
    connection.execute(
        "UPDATE import SET drop_name = 'roster.csv', source = 'drop' WHERE id = %s", (received.id,)
    )
    connection.commit()
    damage(database, received, flipped)
    assert process(database, connection, received).attempt.fault_code == "archive_damaged"


def test_a_copy_that_is_gone_waits_for_its_disk(database, connection, received):
    archived_path(database, received.sha256).unlink()
    with pytest.raises(StorageUnavailable):
        process(database, connection, received)
