import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import dagster as dg
import pytest

from assets.partitions import CLAIM_TAG, imports_partitions, process_tag
from assets.resources import RosterlineResource
from pipelines import sensor_cursors
from pipelines.health_checks import imports_come_through, senders_keep_sending
from pipelines.import_claims import PARTITIONS, claim_for_runs, keys_under_way
from pipelines.interrupted_imports import WITHOUT_RUN_SECONDS, find_interrupted, patience
from pipelines.jobs import STAGES, jobs
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG, run_key
from pipelines.sensors import drop_folder_file_arrives, interrupted_import_found, sensors
from registry.accounts.accounts import add_account
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.receive import receive
from registry.landing.stability import FileObservation, FileStamp
from registry.ledger.claims import Unfinished, claim_waiting
from registry.ledger.imports import get_import, list_imports
from registry.ledger.states import open_attempt

# Dagster reads pydantic's old name of a class's fields when a resource has none.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Parameter `backfill_policy`"),
]

FAILURE, CANCELED = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    """Settings of this test, in the environment, as a Dagster process finds them."""
    own = database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def account(connection, home):
    return new_account(connection, home, "acme")


def new_account(connection, home, name, cadence="on_arrival"):
    account = add_account(connection, name, "thoroughcare", "America/New_York", cadence)
    connection.commit()
    ensure_folders(home, account)
    return account


def drop_file(home, account, name="roster.csv", content="Ada\n"):
    (account_folder(home, account) / PENDING / name).write_text(content)


def tick(sensor, instance, cursor=None):
    """One evaluation, as the daemon makes it."""
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"rosterline": RosterlineResource()}
    )
    return sensor(context)


def two_ticks(sensor, instance):
    return tick(sensor, instance, tick(sensor, instance).cursor)


class TestFilesThatArrive:
    def test_a_complete_file_gets_a_run_and_a_partition(self, home, instance, account):
        drop_file(home, account)
        first = tick(drop_folder_file_arrives, instance)
        assert (first.run_requests, first.skip_reason.skip_message) == ([], "no file is ready")
        (request,) = tick(drop_folder_file_arrives, instance, first.cursor).run_requests
        (key,) = instance.get_dynamic_partitions(PARTITIONS)
        assert request.partition_key == key
        assert request.run_key == f"{key}#1"
        assert request.tags[CLAIM_TAG] == "true"

    def test_nothing_begins_while_the_disk_is_full(
        self, connection, home, instance, account, monkeypatch
    ):
        drop_file(home, account)
        first = tick(drop_folder_file_arrives, instance)
        monkeypatch.setenv("ROSTERLINE_DISK_RESERVE_BYTES", str(2**60))
        full = tick(drop_folder_file_arrives, instance, first.cursor)
        assert full.run_requests == []
        assert "is full" in full.skip_reason.skip_message
        assert tick(interrupted_import_found, instance).run_requests == []
        assert list_imports(connection) == []
        monkeypatch.setenv("ROSTERLINE_DISK_RESERVE_BYTES", "0")
        assert len(tick(drop_folder_file_arrives, instance, full.cursor).run_requests) == 1

    def test_several_files_share_a_run_over_a_range(self, home, instance, account):
        for name in ("a.csv", "b.csv", "c.csv"):
            drop_file(home, account, name, name)
        (request,) = two_ticks(drop_folder_file_arrives, instance).run_requests
        keys = instance.get_dynamic_partitions(PARTITIONS)
        assert len(keys) == 3
        assert request.partition_key is None
        assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (keys[0], keys[-1])
        assert request.run_key.startswith(f"{keys[0]}#1..{keys[-1]}#1:3:")

    def test_a_file_of_a_nightly_account_waits(self, connection, home, instance):
        drop_file(home, new_account(connection, home, "nightly", "nightly"))
        assert two_ticks(drop_folder_file_arrives, instance).run_requests == []
        (imported,) = list_imports(connection)
        assert imported.state == "waiting"

    @pytest.mark.dated
    def test_a_nightly_file_whose_midnight_was_missed_is_taken_up(
        self, connection, home, instance, tmp_path
    ):
        nightly = new_account(connection, home, "nightly", "nightly")
        file = tmp_path / "roster.csv"
        file.touch()
        ago = datetime.now(UTC) - timedelta(days=2)
        missed = receive(connection, home, nightly, file, source="drop", received_at=ago)
        (request,) = tick(drop_folder_file_arrives, instance).run_requests
        assert request.partition_key == missed.partition_key

    def test_imports_of_every_door_are_run(self, connection, home, instance, account, tmp_path):
        file = tmp_path / "upload.csv"
        file.touch()
        for source in ("api", "cli", "portal"):
            receive(connection, home, account, file, source=source, received_at=datetime.now(UTC))
        tick(drop_folder_file_arrives, instance)
        assert {each.state for each in list_imports(connection)} == {"processing"}

    def test_the_next_file_of_an_account_waits_for_the_one_at_work(
        self, connection, home, instance, account
    ):
        drop_file(home, account)
        result = two_ticks(drop_folder_file_arrives, instance)
        drop_file(home, account, "next.csv", "next")
        for _ in range(2):
            result = tick(drop_folder_file_arrives, instance, result.cursor)
        assert result.run_requests == []
        assert sorted(each.state for each in list_imports(connection)) == ["processing", "waiting"]

    def test_an_account_whose_folder_cannot_be_read_does_not_stop_the_others(
        self, connection, home, instance, account, caplog
    ):
        broken = new_account(connection, home, "broken")
        (account_folder(home, broken) / PENDING).rmdir()
        drop_file(home, account)
        assert len(two_ticks(drop_folder_file_arrives, instance).run_requests) == 1
        assert "a drop folder cannot be read: account=broken storage_unavailable" in caplog.text

    @pytest.mark.usefixtures("home")
    def test_an_account_without_drop_folders_is_passed_by(self, connection, instance, caplog):
        add_account(connection, "api-only", "metriport", cadence="on_arrival")
        connection.commit()
        tick(drop_folder_file_arrives, instance)
        assert caplog.text == ""

    def test_the_cursor_holds_no_file_name_and_no_wall_clock(self, home, instance, account):
        drop_file(home, account, "jane doe 1950-01-01.csv")
        os.utime(account_folder(home, account) / PENDING / "jane doe 1950-01-01.csv", (0, 0))
        cursor = tick(drop_folder_file_arrives, instance).cursor
        assert "jane" not in cursor
        assert "1950" not in cursor
        ((_, mtime, _, since, registered),) = json.loads(cursor)["seen"]["acme"].values()
        assert mtime == 0
        assert registered is None
        assert since <= time.monotonic()

    def test_when_partitions_cannot_be_added_nothing_is_lost(
        self, connection, home, instance, account
    ):
        drop_file(home, account)
        first = tick(drop_folder_file_arrives, instance)
        with dg.DagsterInstance.ephemeral() as gone:
            gone._event_storage.add_dynamic_partitions = None  # as when Dagster's database is down
            with pytest.raises(TypeError):
                tick(drop_folder_file_arrives, gone, first.cursor)
        (imported,) = list_imports(connection)
        assert (imported.state, imported.claims) == ("processing", 1)
        connection.commit()
        cursor = tick(interrupted_import_found, instance).cursor
        (request,) = tick(interrupted_import_found, instance, long_ago(cursor)).run_requests
        assert request.partition_key == imported.partition_key
        assert instance.get_dynamic_partitions(PARTITIONS) == [imported.partition_key]

    def test_a_range_that_would_take_a_stranger_along_is_split(
        self, connection, home, instance, account, tmp_path
    ):
        file = tmp_path / "roster.csv"
        file.touch()
        keys = [
            receive(
                connection,
                home,
                account,
                file,
                source="cli",
                received_at=datetime.now(UTC) + timedelta(seconds=second),
            ).partition_key
            for second in range(2)
        ]
        instance.add_dynamic_partitions(PARTITIONS, [keys[0], "a-stranger"])
        requests = claim_for_runs(connection, instance, "on_arrival", 50)
        assert [request.partition_key for request in requests] == keys


def long_ago(cursor):
    """A cursor whose observations were all made an hour before."""
    return sensor_cursors.write_times(
        {k: v - 3600 for k, v in sensor_cursors.read_times(cursor).items()}
    )


class TestImportsThatWereCutOff:
    @pytest.fixture
    def imported(self, connection, home, account, tmp_path):
        file = tmp_path / "roster.csv"
        file.touch()
        receive(connection, home, account, file, source="api", received_at=datetime.now(UTC))
        ((imported,),) = claim_waiting(connection, limit=1)
        return imported

    def run_of(self, connection, instance, imported, status):
        """A run that opened the import's attempt and is now in `status`."""
        run = instance.create_run_for_job(
            noop, status=status, tags={"dagster/partition": imported.partition_key}
        )
        open_attempt(connection, imported.id, run.run_id, again=False)
        connection.commit()
        return run

    def find(self, instance):
        cursor = tick(interrupted_import_found, instance).cursor
        return tick(interrupted_import_found, instance, long_ago(cursor)).run_requests

    @pytest.mark.parametrize("status", [FAILURE, CANCELED])
    def test_a_run_that_ended_early_is_followed_by_a_run_of_its_own(
        self, connection, instance, imported, status
    ):
        self.run_of(connection, instance, imported, status)
        (request,) = self.find(instance)
        assert request.partition_key == imported.partition_key
        assert request.run_key == f"{imported.partition_key}#2"
        assert get_import(connection, imported.partition_key).claims == 2

    def test_nothing_happens_at_first_sight(self, connection, instance, imported):
        self.run_of(connection, instance, imported, FAILURE)
        assert tick(interrupted_import_found, instance).run_requests == []

    @pytest.mark.parametrize(
        "status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED]
    )
    def test_a_run_under_way_is_left_alone(self, connection, instance, imported, status):
        self.run_of(connection, instance, imported, status)
        assert self.find(instance) == []

    def test_a_new_run_that_still_queues_counts_although_the_last_one_failed(
        self, connection, instance, imported
    ):
        self.run_of(connection, instance, imported, FAILURE)
        instance.create_run_for_job(
            noop,
            status=dg.DagsterRunStatus.NOT_STARTED,
            tags={"dagster/partition": imported.partition_key},
        )
        assert self.find(instance) == []

    @pytest.mark.usefixtures("home")
    def test_a_run_whose_process_is_gone_has_failed(self, instance, ended_process):
        run = self.run_in(instance, ended_process)
        tick(interrupted_import_found, instance)
        assert instance.get_run_by_id(run.run_id).status == FAILURE

    @pytest.mark.usefixtures("home")
    def test_a_run_executed_again_is_not_where_the_first_one_was(self, instance, ended_process):
        """From Dagster it has all tags of the first, until it begins itself."""
        first = self.run_in(instance, ended_process)
        again = instance.create_run_for_job(
            noop, status=dg.DagsterRunStatus.NOT_STARTED, tags=first.tags
        )
        tick(interrupted_import_found, instance)
        assert instance.get_run_by_id(again.run_id).status == dg.DagsterRunStatus.NOT_STARTED

    def run_in(self, instance, process):
        """A run that began in this process."""
        run_id = str(uuid4())
        ((name, here),) = process_tag(run_id).items()
        there = here.replace(f" {os.getpid()} ", f" {process.pid} ")
        assert there != here
        return instance.create_run_for_job(
            noop,
            run_id=run_id,
            status=dg.DagsterRunStatus.STARTED,
            tags={name: there},
        )

    @pytest.fixture
    def ended_process(self):
        process = subprocess.Popen([sys.executable, "-c", "pass"])
        process.wait()
        return process

    def test_a_run_over_a_range_that_still_queues_counts_for_each_of_its_imports(self, instance):
        instance.add_dynamic_partitions(PARTITIONS, list("abcde"))
        tags = {RANGE_START_TAG: "b", RANGE_END_TAG: "d"}
        instance.create_run_for_job(noop, status=dg.DagsterRunStatus.NOT_STARTED, tags=tags)
        assert keys_under_way(instance) == set("bcd")

    def test_a_claim_of_which_no_run_came_is_taken_up(self, instance, imported):
        (request,) = self.find(instance)
        assert request.partition_key == imported.partition_key

    def test_two_imports_of_one_failed_run_get_a_run_each(
        self, connection, home, instance, account, tmp_path
    ):
        file = tmp_path / "roster.csv"
        file.touch()
        for second in range(2):
            at = datetime.now(UTC) + timedelta(seconds=second)
            receive(connection, home, account, file, source="api", received_at=at)
        claim_waiting(connection, limit=2)
        assert len({request.partition_key for request in self.find(instance)}) == 2

    def test_the_fourth_try_is_not_made(self, connection, instance, imported):
        self.run_of(connection, instance, imported, FAILURE)
        assert [len(self.find(instance)) for _ in range(3)] == [1, 1, 0]
        found = get_import(connection, imported.partition_key)
        assert found.state == "failed"
        assert found.reason.startswith("gave up after 3 tries: run ")
        connection.commit()

    def test_an_applied_import_is_tried_until_its_result_is_written(
        self, connection, instance, imported
    ):
        self.run_of(connection, instance, imported, FAILURE)
        connection.execute("update attempt set state = 'applied'")
        connection.commit()
        assert [len(self.find(instance)) for _ in range(5)] == [1, 1, 1, 1, 1]


@dg.job
def noop():
    """Stands for a run that never does anything."""


class TestHowLongToWait:
    def unfinished(self, claims=1, run_id="run"):
        class Claimed:
            partition_key = "key"

        Claimed.claims = claims
        return Unfinished(Claimed(), run_id, "open")

    @pytest.mark.parametrize(
        ("claims", "seconds"), [(1, 60), (2, 120), (3, 240), (7, 3600), (30_000, 3600)]
    )
    def test_longer_after_each_failure_up_to_an_hour(self, claims, seconds):
        assert patience(self.unfinished(claims), {"run": FAILURE}) == seconds

    @pytest.mark.parametrize("statuses", [{}, {"run": dg.DagsterRunStatus.SUCCESS}])
    def test_ten_minutes_where_no_run_failed(self, statuses):
        assert patience(self.unfinished(), statuses) == WITHOUT_RUN_SECONDS

    def test_the_wait_starts_again_when_a_run_was_seen_in_between(self):
        each, statuses = self.unfinished(), {"run": FAILURE}
        first = find_interrupted([each], set(), statuses, {}, 1000.0)
        assert (first.due, first.since) == ([], {"key#1": 1000.0})
        assert find_interrupted([each], set(), statuses, first.since, 1060.0).due == [each]
        assert find_interrupted([each], {"key"}, statuses, first.since, 1060.0).since == {}

    def test_a_time_from_before_a_reboot_starts_the_wait_again(self):
        each = self.unfinished()
        found = find_interrupted([each], set(), {"run": FAILURE}, {"key#1": 9000.0}, 5.0)
        assert (found.due, found.since) == ([], {"key#1": 5.0})


class TestCursors:
    def test_observations_come_back_as_they_were(self):
        seen = {
            "acme": {
                "0a1b": FileObservation(FileStamp(1, 2, 3), 4.5, "key"),
                "2c": FileObservation(FileStamp(0, 0, 1), 1),
            }
        }
        assert sensor_cursors.read_observations(sensor_cursors.write_observations(seen)) == seen

    def test_after_a_reboot_looking_begins_anew(self):
        kept = json.loads(sensor_cursors.write_times({"a": 1.0}))
        assert sensor_cursors.read_times(json.dumps(kept | {"boot": "another"})) == {}

    @pytest.mark.parametrize("cursor", [None, "", "no json", "[]", "{}", '{"boot": 1}'])
    def test_a_cursor_of_another_kind_is_no_error(self, cursor):
        assert sensor_cursors.read_observations(cursor) == {}


class TestRunsOverARange:
    def test_a_batch_is_one_run_in_which_each_stage_sees_its_imports_in_order(
        self, connection, home, instance, account
    ):
        seen = {}
        definitions = definitions_that_note(seen)
        for name in ("a.csv", "b.csv", "c.csv"):
            drop_file(home, account, name, name)
        instance.add_dynamic_partitions(PARTITIONS, ["earlier"])
        (request,) = two_ticks(drop_folder_file_arrives, instance).run_requests
        instance.add_dynamic_partitions(PARTITIONS, ["later"])
        job = definitions.resolve_job_def("import_files")
        result = job.execute_in_process(instance=instance, tags=request.tags)
        assert result.success
        received = [each.partition_key for each in reversed(list_imports(connection))]
        assert seen == dict.fromkeys(STAGES, received)

    def test_a_single_import_runs_by_its_partition(self, home, instance, account):
        seen = {}
        drop_file(home, account)
        (request,) = two_ticks(drop_folder_file_arrives, instance).run_requests
        job = definitions_that_note(seen).resolve_job_def("nightly_import")
        job.execute_in_process(
            instance=instance, tags=request.tags, partition_key=request.partition_key
        )
        assert seen == {stage: [request.partition_key] for stage in STAGES}


def definitions_that_note(seen):
    """The five stages, which only write down what they were asked to work on."""

    def stage(name, before):
        @dg.asset(
            name=name,
            deps=before,
            partitions_def=imports_partitions,
            backfill_policy=dg.BackfillPolicy.single_run(),
        )
        def noting(context: dg.AssetExecutionContext) -> None:
            seen[name] = list(context.partition_keys)

        return noting

    assets = [stage(name, STAGES[max(at - 1, 0) : at]) for at, name in enumerate(STAGES)]
    return dg.Definitions(
        assets=assets,
        asset_checks=[imports_come_through, senders_keep_sending],  # jobs leave them out by name
        jobs=jobs,
        sensors=sensors,
        resources={"rosterline": RosterlineResource()},
    )


def test_the_sensors_run_without_being_switched_on():
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.RUNNING}


def test_a_run_key_stays_short_however_many_imports_a_run_takes(
    connection, home, account, tmp_path
):
    file = tmp_path / "roster.csv"
    file.touch()
    for second in range(50):
        at = datetime.now(UTC) + timedelta(seconds=second)
        receive(connection, home, account, file, source="cli", received_at=at)
    (batch,) = claim_waiting(connection, limit=50)
    assert len(run_key(batch)) < 300
    assert run_key(batch) != run_key((*batch[:1], *batch[2:]))
