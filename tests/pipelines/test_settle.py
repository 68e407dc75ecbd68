"""Job `settle_imports`, run in this process against a real registry."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.result_files.assets import FILE_WAS_IMPORTED
from pipelines.definitions import defs
from pipelines.settle import TERMINATED, settling
from registry.accounts.accounts import add_account, get_account
from registry.database.connections import connect
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.landing.receive import receive
from registry.ledger.claims import MAX_CLAIMS, take_up
from registry.ledger.imports import get_import, latest_attempt, list_attempts
from registry.ledger.run_locks import at_work, runs_at_work
from tests.files import care, john, maria
from tests.importing import STAGES, process
from tests.taking_up import take_up_again, take_up_due
from tests.waiting import eventually

pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Parameter `backfill_policy`"),
]

RESULT_FILES = dg.AssetKey("result_files")
NAMES = tuple(stage.name for stage in STAGES)


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    own = database.model_copy(update={"home": tmp_path / "home"})
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def folder(connection, home):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    ensure_folders(home, account)
    return account_folder(home, account)


@pytest.fixture
def dropped(connection, home, folder):
    """Imports of two dropped files of one account, as they wait."""
    account = get_account(connection, "clinic")

    def receive_one(name, second):
        path = folder / PENDING / name
        path.write_text(care(maria(), john()))
        at = datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(seconds=second)
        return receive(
            connection, home, account, path, source="drop", received_at=at, drop_name=name
        )

    found = [receive_one(name, second) for second, name in enumerate(("a.csv", "b.csv"))]
    connection.commit()
    return found


@pytest.fixture
def settle():
    with dg.DagsterInstance.ephemeral() as instance:

        def run(**what):
            request = settling("a name", **what)
            job = defs.resolve_job_def("settle_imports")
            assert job.execute_in_process(instance=instance, run_config=request.run_config).success

        run.instance = instance
        yield run


def results(folder):
    return {path.name: path.read_text() for path in (folder / RESULTS).iterdir()}


class TestRunsThatWereTerminated:
    def test_imports_that_its_run_had_not_begun_on_are_cancelled_and_their_sender_is_told(
        self, connection, folder, dropped, settle
    ):
        settle(cancelled=[each.partition_key for each in dropped])
        for each in dropped:
            found = get_import(connection, each.partition_key)
            assert (found.state, found.reason) == ("cancelled", TERMINATED)
        assert len(results(folder)) == 2
        assert all(TERMINATED in text for text in results(folder).values())
        assert list((folder / PENDING).iterdir()) == []

    def test_one_that_it_worked_on_is_cancelled_before_anything_was_written(
        self, connection, home, dropped, settle
    ):
        first, _ = dropped
        take_up_due(connection)
        process(home, connection, first, stages=NAMES[:3])
        connection.commit()
        settle(cancelled=[first.partition_key])
        assert get_import(connection, first.partition_key).state == "cancelled"
        assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)
        assert not (home.staging_dir / f"{first.partition_key}.duckdb").exists()

    def test_one_whose_patients_were_written_gets_its_result(
        self, connection, home, folder, dropped, settle
    ):
        first, _ = dropped
        take_up_due(connection)
        process(home, connection, first, stages=NAMES[:4])
        connection.commit()
        settle(cancelled=[first.partition_key])
        assert get_import(connection, first.partition_key).state == "completed"
        (text,) = results(folder).values()
        assert text.count("Created") == 2

    def test_one_that_a_backfill_worked_on_is_as_it_was_and_its_result_stays(
        self, connection, home, folder, dropped, settle
    ):
        first, _ = dropped
        process(home, connection, first)
        before = results(folder)
        connection.commit()
        take_up_again(connection, get_import(connection, first.partition_key))
        process(home, connection, first, stages=NAMES[:2])
        connection.commit()
        settle(cancelled=[first.partition_key])
        assert get_import(connection, first.partition_key).state == "completed"
        assert results(folder) == before
        assert [each.state for each in list_attempts(connection, first.id)] == [
            "finished", "failed",
        ]  # fmt: skip

    def test_a_run_that_still_works_on_it_stops_at_its_next_stage(
        self, connection, home, folder, dropped, settle
    ):
        first, _ = dropped
        take_up_due(connection)
        process(home, connection, first, stages=NAMES[:3])
        connection.commit()
        settle(cancelled=[first.partition_key])
        told = results(folder)
        process(home, connection, first, stages=NAMES[3:])
        connection.commit()
        assert get_import(connection, first.partition_key).state == "cancelled"
        assert results(folder) == told

    def test_one_that_came_to_its_end_meanwhile_is_left_alone(
        self, connection, home, dropped, settle
    ):
        first, _ = dropped
        process(home, connection, first)
        connection.commit()
        settle(cancelled=[first.partition_key])
        assert get_import(connection, first.partition_key).state == "completed"


@pytest.mark.usefixtures("dropped")
def test_an_import_whose_tries_are_over_is_given_up(connection, folder, settle):
    ((first, _),) = take_up_due(connection)
    while first.claims < MAX_CLAIMS:
        first = take_up_again(connection, first)
    settle(given_up=[first.partition_key])
    assert latest_attempt(connection, first.id).fault_code == "gave_up"
    (text,) = results(folder).values()
    assert "gave up after 3 tries" in text


class TestWhatTheUiShows:
    def test_the_result_of_a_cancelled_import_is_there_without_a_verdict(self, dropped, settle):
        first, second = (each.partition_key for each in dropped)
        settle(cancelled=[first])
        assert settle.instance.get_materialized_partitions(RESULT_FILES) == {first}
        assert verdicts(settle.instance) == {}
        settle(cancelled=[first, second])
        assert settle.instance.get_materialized_partitions(RESULT_FILES) == {first, second}

    def test_the_result_of_an_import_that_was_given_up_is_there_and_says_so(
        self, connection, dropped, settle
    ):
        ((first, _),) = take_up_due(connection)
        while first.claims < MAX_CLAIMS:
            first = take_up_again(connection, first)
        settle(given_up=[each.partition_key for each in dropped])
        assert settle.instance.get_materialized_partitions(RESULT_FILES) == {first.partition_key}
        assert verdicts(settle.instance) == {first.partition_key: False}

    def test_an_import_that_is_over_already_gets_no_further_event(
        self, connection, home, dropped, settle
    ):
        process(home, connection, dropped[0])
        connection.commit()
        settle(cancelled=[dropped[0].partition_key])
        assert settle.instance.get_materialized_partitions(RESULT_FILES) == set()


def verdicts(instance):
    """Whether `file_was_imported` passed, by partition."""
    storage = instance.event_log_storage
    found = storage.get_asset_check_execution_history(FILE_WAS_IMPORTED.key, limit=10)
    return {each.partition: each.evaluation.passed for each in found}


@pytest.mark.parametrize(("is_held", "status"), [(True, "STARTED"), (False, "FAILURE")])
def test_a_started_run_is_reported_as_failed_only_where_it_holds_no_import(
    home, dropped, settle, is_held, status
):
    run = settle.instance.create_run_for_job(noop, status=dg.DagsterRunStatus.STARTED)
    with connect(home) as session:
        take_up(session, dropped[0].partition_key, run.run_id, by_a_person=False)
        if not is_held:
            session.close()
        settle(gone=[run.run_id])
        assert settle.instance.get_run_by_id(run.run_id).status.value == status


def test_a_run_that_is_at_work_again_is_left_alone(home, connection, settle):
    run = settle.instance.create_run_for_job(noop, status=dg.DagsterRunStatus.STARTED)
    with at_work(home, run.run_id):
        eventually(lambda: runs_at_work(connection, [run.run_id]))
        settle(gone=[run.run_id])
    assert settle.instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize(("job", "tag"), [("noop", None), ("import_files", "0")])
@pytest.mark.usefixtures("home")
def test_dagster_retries_what_is_gone_unless_its_imports_are_asked_for(settle, job, tag):
    run = settle.instance.create_run_for_job(
        noop if job == "noop" else defs.resolve_job_def(job),
        status=dg.DagsterRunStatus.STARTED,
    )
    settle(gone=[run.run_id])
    found = settle.instance.get_run_by_id(run.run_id)
    assert found.status is dg.DagsterRunStatus.FAILURE
    assert found.tags.get("dagster/max_retries") == tag


@dg.job
def noop():
    """A job that does nothing, for runs whose status is set by a test."""
