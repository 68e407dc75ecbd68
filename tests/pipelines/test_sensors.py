"""The sensors: files that wait, imports that were cut off, runs that were terminated."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
)

from assets.partitions import CLAIM_TAG, imports_partitions
from assets.resources import RosterlineResource
from pipelines import sensor_cursors
from pipelines.health_checks import imports_come_through, senders_keep_sending
from pipelines.interrupted_imports import WITHOUT_HOLDER_SECONDS
from pipelines.jobs import STAGES, jobs
from pipelines.run_requests import ASKED_TAG, RANGE_END_TAG, RANGE_START_TAG
from pipelines.runs_of_imports import PARTITIONS, keys_under_way
from pipelines.schedules import schedule_name
from pipelines.sensors import (
    interrupted_import_found,
    nightly_file_left_over,
    sensors,
    terminated_run_found,
    waiting_file_found,
)
from pipelines.settle import settle_imports
from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing.drop_folder import ensure_folders
from registry.landing.receive import receive
from registry.ledger.claims import MAX_CLAIMS, take_up
from registry.ledger.imports import list_imports
from registry.ledger.run_locks import at_work, runs_at_work
from tests.lost_runs import minutes_ago
from tests.taking_up import take_up_again, take_up_due
from tests.waiting import eventually

# Dagster reads pydantic's old name of a class's fields when a resource has none.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Parameter `backfill_policy`"),
]

FAILURE, CANCELED = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED
QUEUED, STARTED = dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    """Settings of this test, in the environment, as a Dagster process finds them."""
    own = database.model_copy(update={"home": tmp_path / "home"})
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


@pytest.fixture
def arrive(connection, home, account, tmp_path):
    """Enters files of an account, one after the other; returns their partition keys."""
    seconds = count()

    def enter(number=1, of=account, at=None, source="drop"):
        file = tmp_path / "roster.csv"
        file.touch()
        begin = at or datetime.now(UTC) - timedelta(minutes=1)
        return [
            receive(
                connection,
                home,
                of,
                file,
                source=source,
                received_at=begin + timedelta(milliseconds=next(seconds)),
            ).partition_key
            for _ in range(number)
        ]

    return enter


def tick(sensor, instance, cursor=None):
    """One evaluation, as the daemon makes it; its partitions are added as the daemon does."""
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"rosterline": RosterlineResource()}
    ) as context:
        result = sensor(context)
    if isinstance(result, dg.SkipReason):
        return dg.SensorResult(skip_reason=result)
    for each in result.dynamic_partitions_requests or ():
        instance.add_dynamic_partitions(PARTITIONS, each.partition_keys)
    return result


def run_for(instance, request, status):
    """The run that the daemon creates for a request, in this status."""
    tags = dict(request.tags)
    if request.partition_key:
        tags["dagster/partition"] = request.partition_key
    return instance.create_run_for_job(noop, status=status, tags=tags)


def long_ago(cursor):
    """A cursor whose observations were all made an hour before."""
    return sensor_cursors.write_times(
        {k: v - 3600 for k, v in sensor_cursors.read_times(cursor).items()}
    )


def ledger(connection):
    connection.commit()
    return connection.execute("SELECT * FROM import ORDER BY id").fetchall()


@dg.job
def noop():
    """A job that does nothing, for runs whose status is set by a test."""


class TestFilesThatWait:
    def test_one_gets_a_run_and_a_partition(self, instance, arrive):
        (key,) = arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        assert (request.partition_key, request.run_key) == (key, f"{key}#0")
        assert request.tags[CLAIM_TAG] == "true"
        assert instance.get_dynamic_partitions(PARTITIONS) == [key]

    @pytest.mark.parametrize(
        "sensor", [each for each in sensors if each.name != "document_queries_due"]
    )
    def test_a_tick_leaves_the_ledger_as_it_is(self, connection, home, instance, arrive, sensor):
        nightly = new_account(connection, home, "nightly", "nightly")
        arrive(2)
        arrive(2, of=nightly, at=datetime.now(UTC) - timedelta(days=2))
        take_up_due(connection, limit=1)
        before = ledger(connection)
        tick(sensor, instance, long_ago(tick(sensor, instance).cursor))
        assert ledger(connection) == before

    def test_nothing_begins_while_the_disk_is_full(self, instance, arrive, monkeypatch):
        arrive()
        monkeypatch.setenv("ROSTERLINE_DISK_RESERVE_BYTES", str(2**60))
        full = tick(waiting_file_found, instance)
        assert full.run_requests in (None, [])
        assert "is full" in full.skip_reason.skip_message
        assert not tick(interrupted_import_found, instance).run_requests
        monkeypatch.setenv("ROSTERLINE_DISK_RESERVE_BYTES", "0")
        assert len(tick(waiting_file_found, instance).run_requests) == 1

    def test_several_share_a_run_over_a_range(self, instance, arrive):
        keys = arrive(3)
        (request,) = tick(waiting_file_found, instance).run_requests
        assert instance.get_dynamic_partitions(PARTITIONS) == keys
        assert request.partition_key is None
        assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (keys[0], keys[-1])
        assert request.run_key.startswith(f"{keys[0]}#0..{keys[-1]}#0:3:")

    def test_a_range_with_a_foreign_partition_in_between_is_split(self, instance, arrive):
        keys = arrive(2)
        instance.add_dynamic_partitions(PARTITIONS, [keys[0], "foreign"])
        requests = tick(waiting_file_found, instance).run_requests
        assert [request.partition_key for request in requests] == keys

    def test_those_of_every_door_are_asked_for(self, instance, arrive):
        for source in ("api", "cli", "portal", "sftp"):
            arrive(source=source)
        (request,) = tick(waiting_file_found, instance).run_requests
        assert ":4:" in request.run_key

    @pytest.mark.parametrize("status", [QUEUED, STARTED])
    def test_what_has_a_run_is_not_asked_for_again(self, instance, arrive, status):
        arrive(2)
        (request,) = tick(waiting_file_found, instance).run_requests
        run_for(instance, request, status)
        again = tick(waiting_file_found, instance)
        assert (again.run_requests, again.skip_reason.skip_message) == ([], "no file waits")

    def test_the_next_file_of_an_account_waits_for_the_one_that_has_a_run(self, instance, arrive):
        arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        run_for(instance, request, QUEUED)
        arrive()
        assert tick(waiting_file_found, instance).run_requests == []

    def test_after_a_run_that_was_lost_before_it_began_another_is_asked_for(self, instance, arrive):
        arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        lost = run_for(instance, request, FAILURE)
        assert tick(waiting_file_found, instance).run_requests == []  # in a while
        minutes_ago(instance, lost)
        (again,) = tick(waiting_file_found, instance).run_requests
        assert again.run_key == f"{request.run_key}~{lost.run_id}"
        assert again.tags == request.tags

    def test_what_dagster_is_about_to_retry_is_not_asked_for(self, instance, arrive):
        arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        run = run_for(instance, request, FAILURE)
        instance.add_run_tags(run.run_id, {"dagster/will_retry": "true"})
        minutes_ago(instance, run)
        assert tick(waiting_file_found, instance).run_requests == []
        instance.add_run_tags(run.run_id, {"dagster/auto_retry_run_id": "another"})
        minutes_ago(instance, run)
        assert len(tick(waiting_file_found, instance).run_requests) == 1

    def test_a_tick_whose_runs_never_came_is_repeated(self, instance, arrive):
        arrive()
        (first,) = tick(waiting_file_found, instance).run_requests
        (second,) = tick(waiting_file_found, instance).run_requests
        assert first.run_key == second.run_key


class TestNightlyFilesThatAreLeftOver:
    ago = timedelta(days=2)

    @pytest.fixture
    def nightly(self, connection, home):
        return new_account(connection, home, "nightly", "nightly")

    def test_one_that_arrived_today_waits(self, instance, arrive, nightly):
        arrive(of=nightly, at=datetime.now(UTC))
        assert not tick(nightly_file_left_over, instance).run_requests
        assert not tick(waiting_file_found, instance).run_requests

    @pytest.mark.dated
    def test_one_whose_midnight_was_missed_is_asked_for(self, instance, arrive, nightly):
        (key,) = arrive(of=nightly, at=datetime.now(UTC) - self.ago)
        (request,) = tick(nightly_file_left_over, instance).run_requests
        assert request.partition_key == key

    def test_one_whose_schedule_is_stopped_waits_and_the_reason_says_so(self, arrive, nightly):
        arrive(of=nightly, at=datetime.now(UTC) - self.ago)
        with dg.instance_for_test() as instance:
            stop(instance, "America/New_York")
            result = tick(nightly_file_left_over, instance)
            assert not result.run_requests
            assert "schedules of America/New_York are stopped" in result.skip_reason.skip_message

    def test_a_stopped_schedule_of_another_zone_does_not_matter(self, arrive, nightly):
        arrive(of=nightly, at=datetime.now(UTC) - self.ago)
        with dg.instance_for_test() as instance:
            stop(instance, "America/Chicago")
            assert len(tick(nightly_file_left_over, instance).run_requests) == 1


def stop(instance, zone):
    """Stop a zone's schedule, as a person does in the UI."""
    location = GrpcServerCodeLocationOrigin("localhost", 1, location_name="rosterline")
    repository = RemoteRepositoryOrigin(location, "__repository__")
    origin = RemoteInstigatorOrigin(repository, schedule_name(zone))
    stopped = InstigatorState(
        origin,
        InstigatorType.SCHEDULE,
        InstigatorStatus.STOPPED,
        ScheduleInstigatorData("0 0 * * *"),
    )
    instance.add_instigator_state(stopped)


class TestImportsThatWereCutOff:
    @pytest.fixture
    def imported(self, connection, arrive):
        arrive()
        ((imported,),) = take_up_due(connection)
        return imported

    def find(self, instance):
        cursor = tick(interrupted_import_found, instance).cursor
        return tick(interrupted_import_found, instance, long_ago(cursor)).run_requests

    def test_one_gets_another_run_after_a_while(self, instance, imported):
        assert not tick(interrupted_import_found, instance).run_requests
        (request,) = self.find(instance)
        assert request.job_name == "import_files"
        assert (request.partition_key, request.run_key) == (
            imported.partition_key, f"{imported.partition_key}#1",
        )  # fmt: skip
        assert instance.get_dynamic_partitions(PARTITIONS) == [imported.partition_key]

    @pytest.mark.parametrize("status", [QUEUED, STARTED])
    def test_one_that_has_another_run_is_left_alone(self, home, instance, imported, status):
        tags = {"dagster/partition": imported.partition_key}
        run = instance.create_run_for_job(noop, status=status, tags=tags)
        with working(home, run):
            assert self.find(instance) == []

    def test_one_that_a_run_holds_is_left_alone(self, home, instance, imported):
        with connect(home) as run:
            take_up(run, imported.partition_key, "other", by_a_person=False)
            assert self.find(instance) == []

    def test_a_started_run_whose_process_is_gone_is_settled_and_followed(
        self, home, instance, arrive
    ):
        (key,) = arrive()
        run = instance.create_run_for_job(noop, status=STARTED, tags={"dagster/partition": key})
        with connect(home) as gone:
            take_up(gone, key, run.run_id, by_a_person=False)
        cursor = tick(interrupted_import_found, instance).cursor
        seen = sensor_cursors.read_times(cursor)
        later = {name: at - WITHOUT_HOLDER_SECONDS for name, at in seen.items()}
        again, request = tick(
            interrupted_import_found, instance, sensor_cursors.write_times(later)
        ).run_requests
        assert (again.job_name, again.partition_key) == ("import_files", key)
        assert request.job_name == "settle_imports"
        assert settled(request) == {"gone": [run.run_id]}

    def test_after_the_last_try_it_is_given_up_by_a_job(self, connection, instance, imported):
        while imported.claims < MAX_CLAIMS:
            imported = take_up_again(connection, imported)
        (request,) = self.find(instance)
        assert settled(request) == {"given_up": [imported.partition_key]}

    def test_an_applied_one_has_more_tries(self, connection, instance, imported):
        while imported.claims < MAX_CLAIMS:
            imported = take_up_again(connection, imported)
        connection.execute("update attempt set state = 'applied'")
        connection.commit()
        (request,) = self.find(instance)
        assert request.job_name == "import_files"

    def test_two_of_one_failed_run_get_a_run_each(self, connection, instance, arrive):
        arrive(2)
        take_up_due(connection)
        assert len({request.partition_key for request in self.find(instance)}) == 2

    def test_a_run_over_a_range_that_still_queues_counts_for_each_of_its_imports(self, instance):
        instance.add_dynamic_partitions(PARTITIONS, list("abcde"))
        tags = {RANGE_START_TAG: "b", RANGE_END_TAG: "d"}
        instance.create_run_for_job(noop, status=dg.DagsterRunStatus.NOT_STARTED, tags=tags)
        assert keys_under_way(instance) == set("bcd")


@contextmanager
def working(home, run):
    """A process that is at work on a run."""
    with at_work(home, run.run_id), connect(home) as connection:
        eventually(lambda: runs_at_work(connection, [run.run_id]))
        yield


class TestRunsWhoseProcessIsGone:
    """Runs of any job, such as a build of the marts by a command that was killed."""

    def find(self, instance):
        cursor = tick(interrupted_import_found, instance).cursor
        return tick(interrupted_import_found, instance, long_ago(cursor)).run_requests

    @pytest.mark.usefixtures("home")
    def test_one_is_settled_once_it_has_not_been_at_work_for_a_while(self, instance):
        run = instance.create_run_for_job(noop, status=STARTED)
        assert tick(interrupted_import_found, instance).run_requests == []
        (request,) = self.find(instance)
        assert (request.job_name, settled(request)) == ("settle_imports", {"gone": [run.run_id]})

    def test_one_that_is_at_work_is_left_alone(self, home, instance):
        run = instance.create_run_for_job(noop, status=STARTED)
        with working(home, run):
            assert self.find(instance) == []
        assert len(self.find(instance)) == 1

    @pytest.mark.usefixtures("home")
    @pytest.mark.parametrize("status", [QUEUED, FAILURE, CANCELED, dg.DagsterRunStatus.SUCCESS])
    def test_one_that_is_not_started_is_nothing_to_settle(self, instance, status):
        instance.create_run_for_job(noop, status=status)
        assert self.find(instance) == []


def settled(request):
    return request.run_config["ops"]["settle"]["config"]


class TestRunsThatWereTerminated:
    def test_its_imports_are_settled_by_a_job_and_not_asked_for_again(self, instance, arrive):
        keys = arrive(3)
        (request,) = tick(waiting_file_found, instance).run_requests
        run_for(instance, request, CANCELED)
        (settle,) = tick(terminated_run_found, instance).run_requests
        assert (settle.job_name, settled(settle)) == (
            "settle_imports",
            {"cancelled": sorted(keys)},
        )
        assert tick(waiting_file_found, instance).run_requests == []

    def test_one_that_it_had_taken_up_is_not_continued(self, connection, instance, arrive):
        arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        run_for(instance, request, CANCELED)
        take_up_due(connection)
        cursor = tick(interrupted_import_found, instance).cursor
        assert not tick(interrupted_import_found, instance, long_ago(cursor)).run_requests
        assert len(tick(terminated_run_found, instance).run_requests) == 1

    def test_the_job_is_asked_for_once_while_it_has_not_ended(self, instance, arrive):
        arrive()
        run_for(instance, tick(waiting_file_found, instance).run_requests[0], CANCELED)
        (request,) = tick(terminated_run_found, instance).run_requests
        tags = {ASKED_TAG: request.tags[ASKED_TAG]}
        instance.create_run_for_job(settle_imports, status=QUEUED, tags=tags)
        assert not tick(terminated_run_found, instance).run_requests

    def test_imports_that_are_over_are_left_alone(self, connection, instance, arrive):
        arrive()
        run_for(instance, tick(waiting_file_found, instance).run_requests[0], CANCELED)
        connection.execute("update import set state = 'completed'")
        connection.commit()
        assert not tick(terminated_run_found, instance).run_requests

    @pytest.mark.parametrize("status", [FAILURE, QUEUED, STARTED])
    def test_an_import_with_a_later_run_is_left_to_that(self, instance, arrive, status):
        arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        run_for(instance, request, CANCELED)
        run_for(instance, request, status)
        assert not tick(terminated_run_found, instance).run_requests


class TestRunsOverARange:
    def test_a_batch_is_one_run_in_which_each_stage_sees_its_imports_in_order(
        self, connection, instance, arrive
    ):
        seen = {}
        definitions = definitions_that_record(seen)
        arrive(3)
        instance.add_dynamic_partitions(PARTITIONS, ["earlier"])
        (request,) = tick(waiting_file_found, instance).run_requests
        instance.add_dynamic_partitions(PARTITIONS, ["later"])
        job = definitions.resolve_job_def("import_files")
        result = job.execute_in_process(instance=instance, tags=request.tags)
        assert result.success
        received = [each.partition_key for each in reversed(list_imports(connection))]
        assert seen == dict.fromkeys(STAGES, received)

    def test_a_single_import_runs_by_its_partition(self, instance, arrive):
        seen = {}
        arrive()
        (request,) = tick(waiting_file_found, instance).run_requests
        job = definitions_that_record(seen).resolve_job_def("nightly_import")
        job.execute_in_process(
            instance=instance, tags=request.tags, partition_key=request.partition_key
        )
        assert seen == {stage: [request.partition_key] for stage in STAGES}


def stages(seen=None):
    """The five stages, which only record their partition keys."""
    seen = {} if seen is None else seen

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

    return [stage(name, STAGES[max(at - 1, 0) : at]) for at, name in enumerate(STAGES)]


def definitions_that_record(seen):
    return dg.Definitions(
        assets=stages(seen),
        asset_checks=[imports_come_through, senders_keep_sending],  # jobs leave them out by name
        jobs=[*jobs, settle_imports],
        sensors=sensors,
        resources={"rosterline": RosterlineResource()},
    )


def test_the_sensors_run_by_default():
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.RUNNING}
