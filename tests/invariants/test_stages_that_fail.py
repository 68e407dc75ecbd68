"""A stage that fails each time, for whatever reason: the import ends, and the sender is told."""

from datetime import UTC, datetime

import pytest

from pipelines.endings import give_up
from registry.accounts.accounts import add_account
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.landing.receive import receive
from registry.ledger.claims import MAX_CLAIMS, tries_are_over
from registry.ledger.due_imports import unfinished
from registry.ledger.imports import get_import, latest_attempt
from schemas.errors import StorageUnavailable
from tests.files import care, john, maria
from tests.importing import STAGES, process
from tests.invariants.worker import Worker
from tests.taking_up import take_up_again, take_up_due

NAMES = tuple(stage.name for stage in STAGES)


@pytest.fixture
def database(database, tmp_path):
    """A home of this test's own."""
    return database.model_copy(update={"home": tmp_path})


@pytest.fixture
def dropped(database, connection):
    """A claimed import of a file that stands in Pending."""
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    ensure_folders(database, account)
    path = account_folder(database, account) / PENDING / "roster.csv"
    path.write_text(care(maria(), john()))
    receive(
        connection, database, account, path,
        source="drop", received_at=datetime.now(UTC), drop_name=path.name,
    )  # fmt: skip
    ((imported,),) = take_up_due(connection, limit=1)
    return imported


def rerun(database, connection):
    """What sensor and run do with imports that were cut off; returns how many runs follow."""
    runs = 0
    for each in unfinished(connection):
        if tries_are_over(each.imported, each.attempt_state):
            assert give_up(connection, database, each.imported, datetime.now(UTC))
        else:
            take_up_again(connection, each.imported)
            runs += 1
    return runs


def the_sender_is_told(database, connection, imported, why="run "):
    found = get_import(connection, imported.partition_key)
    assert found.state == "failed"
    assert found.reason.startswith(f"gave up after {MAX_CLAIMS} tries: {why}")
    assert latest_attempt(connection, imported.id).fault_code == "gave_up"
    root = database.drop_dir / "clinic"
    assert list((root / PENDING).iterdir()) == []
    (result,) = (root / RESULTS).iterdir()
    told = result.read_text()
    assert found.reason in told
    assert "Maria" not in told


@pytest.mark.parametrize("failing", ["landed_files", "staged_patients"])
def test_an_import_whose_stage_raises_each_time_ends_as_failed_with_a_result(
    database, connection, dropped, failing
):
    staging = database.staging_dir / f"{dropped.partition_key}.duckdb"
    before = NAMES[: NAMES.index(failing)]
    for tries_left in reversed(range(MAX_CLAIMS)):
        if before:
            process(database, connection, dropped, stages=before)
        staging.unlink(missing_ok=True)
        staging.mkdir(parents=True)  # no stage can open it, root or not
        with pytest.raises(StorageUnavailable):
            process(database, connection, dropped, stages=NAMES[len(before) :])
        connection.rollback()
        staging.rmdir()
        assert rerun(database, connection) == min(tries_left, 1)
    the_sender_is_told(database, connection, dropped, "A file cannot be read or written")
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)
    assert rerun(database, connection) == 0


def test_an_import_whose_process_is_killed_each_time_ends_as_failed_with_a_result(
    database, connection, dropped
):
    for tries_left in reversed(range(MAX_CLAIMS)):
        worker = Worker(database, dropped.partition_key, *NAMES)
        worker.wait_for("landed_files")
        worker.kill()
        assert rerun(database, connection) == min(tries_left, 1)
    the_sender_is_told(database, connection, dropped)


def test_an_import_whose_runs_end_right_after_they_took_it_up_ends_as_failed_with_a_result(
    database, connection, dropped
):
    for tries_left in reversed(range(MAX_CLAIMS)):
        assert rerun(database, connection) == min(tries_left, 1)
    assert "ended before it was done" in get_import(connection, dropped.partition_key).reason
    assert latest_attempt(connection, dropped.id).state == "failed"
