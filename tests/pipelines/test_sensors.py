"""The sensors: files that arrive, and imports that were cut off."""

import json
import os
import socket
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
from pipelines import sensors as sensors_module
from pipelines.health_checks import imports_come_through, senders_keep_sending
from pipelines.import_claims import PARTITIONS, claim_for_runs, keys_under_way
from pipelines.interrupted_imports import LOST_SECONDS
from pipelines.jobs import STAGES, jobs
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG
from pipelines.sensors import CURSOR, drop_folder_file_arrives, interrupted_import_found, sensors
from registry.accounts.accounts import add_account
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.receive import receive
from registry.ledger.claims import claim_waiting
from registry.ledger.imports import get_import, latest_attempt, list_imports
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
    def test_an_account_without_drop_folders_is_skipped(self, connection, instance, caplog):
        add_account(connection, "api-only", "metriport", cadence="on_arrival")
        connection.commit()
        tick(drop_folder_file_arrives, instance)
        assert caplog.text == ""

    def test_the_cursor_holds_no_file_name_and_no_wall_clock(self, home, instance, account):
        drop_file(home, account, "jane doe 1950-01-01.csv")
        os.utime(account_folder(home, account) / PENDING / "jane doe 1950-01-01.csv", (0, 0))
        assert tick(drop_folder_file_arrives, instance).cursor == CURSOR
        (kept,) = (home.dagster_dir / "observations").iterdir()
        assert "jane" not in kept.read_text()
        assert "1950" not in kept.read_text()
        (seen,) = sensor_cursors.read_observations(home, "acme").values()
        assert (seen.stamp.mtime_ns, seen.registered) == (0, None)
        assert seen.since <= time.monotonic()

    def test_the_cursor_stays_small_and_what_is_kept_goes_with_the_files(
        self, home, instance, account
    ):
        for number in range(300):
            drop_file(home, account, f"{number}.csv")
        assert tick(drop_folder_file_arrives, instance).cursor == CURSOR
        assert len(sensor_cursors.read_observations(home, "acme")) == 300
        for number in range(300):
            (account_folder(home, account) / PENDING / f"{number}.csv").unlink()
        tick(drop_folder_file_arrives, instance)
        assert list((home.dagster_dir / "observations").iterdir()) == []

    def test_one_file_of_another_account_is_taken_in_although_hundreds_take_all_the_time(
        self, connection, home, instance, account, monkeypatch
    ):
        late = new_account(connection, home, "zebra")
        for number in range(300):
            drop_file(home, account, f"{number}.csv", f"{number}\n")
        drop_file(home, late)
        tick(drop_folder_file_arrives, instance)
        monkeypatch.setattr(sensors_module, "ARCHIVE_SECONDS", 0.5)
        requests = tick(drop_folder_file_arrives, instance).run_requests
        taken = [each.account_id for each in list_imports(connection)]
        assert taken.count(late.id) == 1
        assert 0 < taken.count(account.id) < 300
        assert "zebra" in requests[0].partition_key

    def test_when_partitions_cannot_be_added_nothing_is_lost(
        self, connection, home, instance, account
    ):
        drop_file(home, account)
        first = tick(drop_folder_file_arrives, instance)
        with dg.DagsterInstance.ephemeral() as gone:
            gone._event_storage.add_dynamic_partitions = None  # as if Dagster's database were down
            with pytest.raises(TypeError):
                tick(drop_folder_file_arrives, gone, first.cursor)
        (imported,) = list_imports(connection)
        assert (imported.state, imported.claims) == ("processing", 1)
        connection.commit()
        cursor = tick(interrupted_import_found, instance).cursor
        (request,) = tick(interrupted_import_found, instance, long_ago(cursor)).run_requests
        assert request.partition_key == imported.partition_key
        assert instance.get_dynamic_partitions(PARTITIONS) == [imported.partition_key]

    def test_a_range_with_a_foreign_partition_in_between_is_split(
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
        instance.add_dynamic_partitions(PARTITIONS, [keys[0], "foreign"])
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
    def test_an_import_whose_run_ended_early_gets_another_run(
        self, connection, instance, imported, status
    ):
        self.run_of(connection, instance, imported, status)
        (request,) = self.find(instance)
        assert request.partition_key == imported.partition_key
        assert request.run_key == f"{imported.partition_key}#2"
        assert get_import(connection, imported.partition_key).claims == 2

    def test_the_first_tick_only_observes(self, connection, instance, imported):
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
    def test_a_re_executed_run_is_not_taken_for_the_first_ones_process(
        self, instance, ended_process
    ):
        """Dagster gives it all tags of the first run until its own process begins."""
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

    def test_a_claim_without_a_run_is_claimed_again(self, instance, imported):
        (request,) = self.find(instance)
        assert request.partition_key == imported.partition_key

    def test_a_launch_that_failed_is_followed_by_another_within_seconds(self, instance, imported):
        instance.add_dynamic_partitions(PARTITIONS, [imported.partition_key])
        tags = {"dagster/partition": imported.partition_key}
        instance.create_run_for_job(noop, status=FAILURE, tags=tags)
        cursor = tick(interrupted_import_found, instance).cursor
        assert tick(interrupted_import_found, instance, cursor).run_requests == []
        seen = sensor_cursors.read_times(cursor)
        sooner = {name: at - LOST_SECONDS for name, at in seen.items()}
        later = sensor_cursors.write_times(sooner)
        (request,) = tick(interrupted_import_found, instance, later).run_requests
        assert request.run_key == f"{imported.partition_key}#2"

    def test_a_claim_that_a_command_is_about_to_run_is_left_alone(self, instance, imported):
        cursor = tick(interrupted_import_found, instance).cursor
        seen = sensor_cursors.read_times(cursor)
        sooner = {name: at - 10 * LOST_SECONDS for name, at in seen.items()}
        later = sensor_cursors.write_times(sooner)
        assert tick(interrupted_import_found, instance, later).run_requests == []
        assert imported.claims == 1

    @pytest.mark.usefixtures("home")
    def test_a_run_whose_code_server_was_killed_while_it_started_has_failed(
        self, instance, tmp_path
    ):
        runs = []
        with socket.socket(socket.AF_UNIX) as server:
            for name in ("alive", "dead"):
                tags = {".dagster/grpc_info": json.dumps({"socket": str(tmp_path / name)})}
                status = dg.DagsterRunStatus.STARTING
                runs.append(instance.create_run_for_job(noop, status=status, tags=tags))
            server.bind(str(tmp_path / "alive"))
            server.listen()
            tick(interrupted_import_found, instance)
        alive, dead = (instance.get_run_by_id(run.run_id).status for run in runs)
        assert (alive, dead) == (dg.DagsterRunStatus.STARTING, FAILURE)

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

    def test_after_three_claims_without_effect_the_import_fails(
        self, connection, instance, imported
    ):
        self.run_of(connection, instance, imported, FAILURE)
        assert [len(self.find(instance)) for _ in range(3)] == [1, 1, 0]
        attempt = latest_attempt(connection, imported.id)
        assert (attempt.state, attempt.fault_code) == ("failed", "gave_up")
        assert attempt.reason.startswith("gave up after 3 tries: run ")
        assert get_import(connection, imported.partition_key).state == "failed"
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
    """A job that does nothing, for runs whose status is set by a test."""


class TestRunsOverARange:
    def test_a_batch_is_one_run_in_which_each_stage_sees_its_imports_in_order(
        self, connection, home, instance, account
    ):
        seen = {}
        definitions = definitions_that_record(seen)
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
        job = definitions_that_record(seen).resolve_job_def("nightly_import")
        job.execute_in_process(
            instance=instance, tags=request.tags, partition_key=request.partition_key
        )
        assert seen == {stage: [request.partition_key] for stage in STAGES}


def definitions_that_record(seen):
    """The five stages, which only record their partition keys."""

    def stage(name, before):
        @dg.asset(
            name=name,
            deps=before,
            partitions_def=imports_partitions,
            backfill_policy=dg.BackfillPolicy.single_run(),
        )
        def recording(context: dg.AssetExecutionContext) -> None:
            seen[name] = list(context.partition_keys)

        return recording

    assets = [stage(name, STAGES[max(at - 1, 0) : at]) for at, name in enumerate(STAGES)]
    return dg.Definitions(
        assets=assets,
        asset_checks=[imports_come_through, senders_keep_sending],  # jobs leave them out by name
        jobs=jobs,
        sensors=sensors,
        resources={"rosterline": RosterlineResource()},
    )


def test_the_sensors_run_by_default():
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.RUNNING}
