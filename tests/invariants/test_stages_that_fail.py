"""A stage that fails each time, for whatever reason: the import ends, and the sender is told."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from pipelines.import_claims import claim_for_rerun
from registry.accounts.accounts import add_account
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.landing.receive import receive
from registry.ledger.claims import MAX_CLAIMS, claim_waiting, unfinished
from registry.ledger.imports import get_import, latest_attempt
from schemas.errors import StorageUnavailable
from tests.files import care, john, maria
from tests.importing import STAGES, process
from tests.invariants.worker import Worker

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
    ((imported,),) = claim_waiting(connection, limit=1)
    return imported


def rerun(database, connection):
    """What the sensor does with imports that were cut off; returns how many runs follow."""
    with dg.DagsterInstance.ephemeral() as instance:
        found = unfinished(connection)
        now = datetime.now(UTC)
        return len(claim_for_rerun(connection, database, instance, found, now))


def the_sender_is_told(database, connection, imported):
    found = get_import(connection, imported.partition_key)
    assert found.state == "failed"
    assert found.reason.startswith(f"gave up after {MAX_CLAIMS} tries: run ")
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
    the_sender_is_told(database, connection, dropped)
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


def test_an_import_that_no_run_ever_began_on_ends_as_failed_with_a_result(
    database, connection, dropped
):
    for tries_left in reversed(range(MAX_CLAIMS)):
        assert rerun(database, connection) == min(tries_left, 1)
    assert "no run began on it" in get_import(connection, dropped.partition_key).reason
    assert latest_attempt(connection, dropped.id).state == "failed"
