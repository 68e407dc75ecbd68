"""Imports whose result cannot be written: they end, and hold nobody."""

from datetime import UTC, datetime
from itertools import count

import pytest

from pipelines.endings import give_up
from registry.accounts.accounts import add_account
from registry.landing import drop_folder
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.landing.receive import archived_path
from registry.ledger.claims import MAX_CLAIMS, MAX_RESULT_CLAIMS
from registry.ledger.imports import get_import, list_imports
from registry.ledger.states import open_attempt
from schemas.errors import ArchiveDamaged, MemoryExceeded, StorageUnavailable
from tests.files import care, john, maria
from tests.importing import STAGES, process
from tests.taking_up import take_up_again, take_up_due

NAMES = tuple(stage.name for stage in STAGES)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def home(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})


@pytest.fixture
def account(connection, home):
    account = add_account(connection, "clinic", "thoroughcare", cadence="on_arrival")
    connection.commit()
    ensure_folders(home, account)
    return account


@pytest.fixture
def look(connection, home, account):
    """Looks into the drop folder twice, and takes in what is complete."""
    seconds = count()

    def twice():
        seen = {}
        for _ in range(2):
            scan = drop_folder.scan_pending(home, account, seen, float(next(seconds)))
            seen = drop_folder.register_ready(connection, home, account, scan, lambda: NOW)

    return twice


@pytest.fixture
def dropped(connection, home, account, look):
    """An import of a dropped file, claimed."""
    (account_folder(home, account) / PENDING / "roster.csv").write_text(care(maria(), john()))
    look()
    ((imported,),) = take_up_due(connection, limit=1)
    return imported


def block_results(home, account):
    """A plain file in the way of the Results folder: rights would not stop root."""
    folder = account_folder(home, account) / RESULTS
    folder.rmdir()
    folder.touch()


def tried_to_the_last(connection, imported):
    while imported.claims < MAX_RESULT_CLAIMS:
        imported = take_up_again(connection, imported)
    return imported


def test_a_result_that_cannot_be_written_ends_its_import_and_the_file_leaves_pending(
    connection, home, account, dropped, look
):
    block_results(home, account)
    with pytest.raises(StorageUnavailable):
        process(home, connection, dropped)
    connection.rollback()
    last = tried_to_the_last(connection, dropped)
    assert give_up(connection, home, last, NOW)
    found = get_import(connection, dropped.partition_key)
    assert (found.state, found.drop_name) == ("completed", None)
    assert "its result file could not be written" in found.reason
    assert list((account_folder(home, account) / PENDING).iterdir()) == []
    look()
    assert len(list_imports(connection)) == 1


def test_a_copy_that_is_damaged_after_patients_were_written_ends_its_import_as_well(
    connection, home, dropped
):
    process(home, connection, dropped, stages=NAMES[:-1])
    archive = archived_path(home, dropped.sha256)
    archive.chmod(0o600)
    archive.write_bytes(b"other")
    (home.staging_dir / f"{dropped.partition_key}.duckdb").unlink()
    with pytest.raises(ArchiveDamaged):
        process(home, connection, dropped, stages=NAMES[-1:])
    connection.rollback()
    assert give_up(connection, home, tried_to_the_last(connection, dropped), NOW)
    found = get_import(connection, dropped.partition_key)
    assert found.state == "completed"
    assert "its result file could not be written" in found.reason


def test_the_result_can_be_made_once_the_folder_is_back(connection, home, account, dropped):
    block_results(home, account)
    with pytest.raises(StorageUnavailable):
        process(home, connection, dropped)
    connection.rollback()
    assert give_up(connection, home, tried_to_the_last(connection, dropped), NOW)
    (account_folder(home, account) / RESULTS).unlink()
    process(home, connection, dropped, stages=("result_files",))
    found = get_import(connection, dropped.partition_key)
    assert (found.state, found.reason) == ("completed", None)
    (result,) = (account_folder(home, account) / RESULTS).iterdir()
    assert result.read_text().count("Created") == 2


def test_a_file_that_cannot_be_taken_out_is_not_imported_again(
    connection, home, account, dropped, look
):
    block_results(home, account)
    with pytest.raises(StorageUnavailable):
        process(home, connection, dropped)
    connection.rollback()
    pending = account_folder(home, account) / PENDING
    aside = pending.rename(pending.with_name("aside"))
    assert give_up(connection, home, tried_to_the_last(connection, dropped), NOW)
    assert get_import(connection, dropped.partition_key).drop_name == "roster.csv"
    aside.rename(pending)
    look()
    (only,) = list_imports(connection)
    assert (only.state, only.drop_name) == ("completed", None)
    assert list(pending.iterdir()) == []


def test_the_sender_of_an_import_that_wrote_nothing_is_told(connection, home, account, dropped):
    open_attempt(connection, dropped.id, "run-1", again=False)
    connection.commit()
    assert give_up(connection, home, dropped, NOW, by="ops")
    assert get_import(connection, dropped.partition_key).state == "failed"
    (result,) = (account_folder(home, account) / RESULTS).iterdir()
    assert "given up by ops" in result.read_text()
    assert list((account_folder(home, account) / PENDING).iterdir()) == []


@pytest.mark.parametrize("name", ["n" * 240 + ".csv", "m" * 251 + ".csv", "患" * 79 + ".csv"])
def test_a_long_name_comes_to_its_end_with_a_result(connection, home, account, look, name):
    (account_folder(home, account) / PENDING / name).write_text(care(maria()))
    look()
    ((imported,),) = take_up_due(connection, limit=1)
    assert process(home, connection, imported).imported.state == "completed"
    (result,) = (account_folder(home, account) / RESULTS).iterdir()
    assert result.name.startswith(f"2026-11-21_{name[0]}")


def test_a_name_that_an_earlier_version_reserved_and_no_disk_takes_is_made_anew(
    connection, home, account, dropped
):
    open_attempt(connection, dropped.id, "run-1", again=False)
    connection.execute(
        "INSERT INTO result_file (import_id, attempt, kind, account_id, name)"
        " VALUES (%s, 1, 'result', %s, %s)",
        (dropped.id, account.id, "x" * 260),
    )
    connection.commit()
    assert process(home, connection, dropped).imported.state == "completed"


def tried_and_given_up(connection, home, imported, error):
    """Work on an import as the sensor does, until it is given up; its state and the result."""
    for _ in range(MAX_CLAIMS):
        with pytest.raises(error):
            process(home, connection, imported)
        assert not give_up(connection, home, imported, NOW) or imported.claims == MAX_CLAIMS
        if imported.claims < MAX_CLAIMS:
            imported = take_up_again(connection, imported)
    return get_import(connection, imported.partition_key)


@pytest.fixture
def said(home, account):
    """The text of the only result."""

    def of_result():
        (result,) = (account_folder(home, account) / RESULTS).iterdir()
        return result.read_text()

    return of_result


def test_an_archived_file_that_cannot_be_read_fails_after_three_tries_with_the_reason(
    connection, home, dropped, said
):
    kept = archived_path(home, dropped.sha256)
    kept.unlink()
    # Reading it is an I/O error, as of a failing disk: also for root, whom rights do not stop.
    kept.symlink_to("/proc/self/mem")
    found = tried_and_given_up(connection, home, dropped, StorageUnavailable)
    assert found.state == "failed"
    assert found.reason.startswith(
        "gave up after 3 tries: The copy of this file that was kept on receipt cannot be read: "
    )
    assert "Input/output error" in found.reason
    assert "Give the user of Rosterline the right to read it" in said()


def test_an_import_that_needs_more_memory_than_it_may_have_fails_and_its_sender_is_told_why(
    connection, home, account, said
):
    rows = [maria(ehr=f"E-{n}", last=f"Lopez{'z' * (n % 7)}", notes="n" * 900) for n in range(9000)]
    (account_folder(home, account) / PENDING / "roster.csv").write_text(care(*rows))
    seen = {}
    for at in (0.0, 1.0):
        scan = drop_folder.scan_pending(home, account, seen, at)
        seen = drop_folder.register_ready(connection, home, account, scan, lambda: NOW)
    ((imported,),) = take_up_due(connection, limit=1)
    small = home.model_copy(update={"duckdb_memory_limit": "9MB"})
    found = tried_and_given_up(connection, small, imported, MemoryExceeded)
    assert found.state == "failed"
    for text in (found.reason, said()):
        assert "needed more memory than it may have; nothing was lost" in text
        assert "ROSTERLINE_" not in text


def test_a_cause_is_forgotten_once_a_later_run_succeeds(connection, home, dropped):
    kept = archived_path(home, dropped.sha256)
    aside = kept.rename(kept.with_suffix(".aside"))
    with pytest.raises(StorageUnavailable):
        process(home, connection, dropped)
    aside.rename(kept)
    done = process(home, connection, take_up_again(connection, dropped))
    assert (done.imported.state, done.imported.reason, done.attempt.reason) == (
        "completed",
        None,
        None,
    )


def test_an_archive_that_is_gone_fails_after_three_tries_with_the_reason(
    connection, home, dropped, said
):
    archived_path(home, dropped.sha256).unlink()
    found = tried_and_given_up(connection, home, dropped, StorageUnavailable)
    assert found.state == "failed"
    assert "The archive does not hold" in said()
    assert str(home.home) not in said(), "a sender has no use for the operator's paths"
