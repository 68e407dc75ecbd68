"""The nightly schedules: when they run, and which files they ask for."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import dagster as dg
import pytest

# The function by which the daemon computes ticks; there is no public one.
from dagster._utils.schedules import schedule_execution_time_iterator

from assets.resources import RosterlineResource
from pipelines.runs_of_imports import PARTITIONS
from pipelines.schedules import nightly_schedule, schedule_name, schedules
from registry.accounts.accounts import add_account
from registry.landing.receive import receive
from registry.landing.zones_in_use import keep_zones
from registry.ledger.due_imports import last_midnight
from registry.ledger.imports import get_import
from registry.settings.dagster import ZONES_OF_THE_UNITED_STATES

pytestmark = [
    pytest.mark.dated,
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
]

SECOND = timedelta(seconds=1)


def ticks(zone, first_day, count):
    """The instants at which a zone's schedule fires, from the evening before `first_day` on."""
    schedule = nightly_schedule(zone)
    start = datetime.fromisoformat(first_day).replace(tzinfo=ZoneInfo(zone)) - timedelta(hours=6)
    found = schedule_execution_time_iterator(
        start.timestamp(), schedule.cron_schedule, schedule.execution_timezone
    )
    return [tick.astimezone(UTC) for tick in islice(found, count)]


def test_each_schedule_is_at_midnight_in_its_own_zone_and_runs_by_default():
    assert [schedule.execution_timezone for schedule in schedules] == list(
        ZONES_OF_THE_UNITED_STATES
    )
    assert {schedule.cron_schedule for schedule in schedules} == {"0 0 * * *"}
    assert {each.default_status for each in schedules} == {dg.DefaultScheduleStatus.RUNNING}
    assert "nightly_import_america_new_york" in {schedule.name for schedule in schedules}


def test_a_zone_of_an_account_has_its_schedule_once_it_is_known(settings, tmp_path):
    own = settings.model_copy(update={"home": tmp_path})
    keep_zones(own, ["America/Detroit"])
    script = "from pipelines.schedules import schedules; print([s.name for s in schedules][-1])"
    environment = (
        os.environ | own.as_environment() | {"ROSTERLINE_DATABASE_URL": "postgresql://gone/x"}
    )
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "nightly_import_america_detroit"


@pytest.mark.parametrize("zone", ["America/Port-au-Prince", "Etc/GMT+5"])
def test_any_zone_makes_a_name_that_dagster_accepts(zone):
    assert nightly_schedule(zone).name.isidentifier()


def test_no_two_zones_have_one_schedule():
    zones = available_timezones()
    assert len({schedule_name(zone) for zone in zones}) == len(zones)


@pytest.mark.parametrize(
    ("zone", "first_day"),
    [
        ("America/New_York", "2026-03-07"),
        ("America/New_York", "2026-10-31"),
        ("America/Phoenix", "2026-03-07"),
        ("Asia/Kathmandu", "2026-03-07"),
        # Here clocks go from 24:00 to 01:00: the day has no midnight.
        ("America/Santiago", "2026-09-05"),
        ("Africa/Cairo", "2026-04-23"),
        ("Asia/Beirut", "2026-03-28"),
        # And back from 24:00 to 23:00.
        ("America/Santiago", "2026-04-03"),
        ("Africa/Cairo", "2026-10-29"),
        ("Asia/Beirut", "2026-10-24"),
    ],
)
def test_around_a_clock_change_it_fires_once_a_day_when_the_day_begins(zone, first_day):
    fired = ticks(zone, first_day, 4)
    days = [tick.astimezone(ZoneInfo(zone)).date() for tick in fired]
    first = datetime.fromisoformat(first_day).date()
    assert days == [first + timedelta(days=each) for each in range(4)]
    assert fired == [last_midnight(tick, ZoneInfo(zone)) for tick in fired]


class TestAtMidnight:
    midnight = datetime(2026, 11, 22, 5, tzinfo=UTC)

    @pytest.fixture
    def home(self, database, tmp_path, monkeypatch):
        own = database.model_copy(update={"home": tmp_path / "home"})
        for name, value in own.as_environment().items():
            monkeypatch.setenv(name, value)
        return own

    @pytest.fixture
    def receive_at(self, connection, home, tmp_path):
        def receive_one(name, zone, cadence, received_at):
            account = add_account(connection, name, "thoroughcare", zone, cadence)
            file = tmp_path / "roster.csv"
            file.touch()
            return receive(
                connection, home, account, file, source="drop", received_at=received_at
            ).partition_key

        return receive_one

    def fire(self, instance, zone="America/New_York"):
        # The context opens the instance a second time. If it is not closed here, the garbage
        # collector closes it later, while another test loads definitions with its storage.
        with dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=self.midnight.astimezone(ZoneInfo(zone)),
            resources={"rosterline": RosterlineResource()},
        ) as context:
            return nightly_schedule(zone)(context)

    def test_the_files_received_before_it_are_run_and_those_after_it_wait(
        self, connection, receive_at
    ):
        before = receive_at("a", "America/New_York", "nightly", self.midnight - SECOND)
        after = receive_at("b", "America/New_York", "nightly", self.midnight)
        with dg.instance_for_test() as instance:
            (request,) = self.fire(instance)
            assert request.partition_key == before
            assert instance.get_dynamic_partitions(PARTITIONS) == [before]
        assert {get_import(connection, key).state for key in (before, after)} == {"waiting"}

    def test_an_account_in_a_zone_whose_day_is_not_over_waits(self, connection, receive_at):
        key = receive_at("a", "America/Los_Angeles", "nightly", self.midnight - SECOND)
        with dg.instance_for_test() as instance:
            assert "no file waited" in self.fire(instance).skip_message
        assert get_import(connection, key).state == "waiting"

    def test_due_files_of_other_zones_are_left_to_their_own_schedule(self, receive_at):
        key = receive_at("a", "America/Detroit", "nightly", self.midnight - SECOND)
        with dg.instance_for_test() as instance:
            assert isinstance(self.fire(instance), dg.SkipReason)
            (request,) = self.fire(instance, "America/Detroit")
            assert request.partition_key == key

    def test_accounts_that_import_on_arrival_are_left_to_the_sensor(self, receive_at):
        receive_at("a", "America/New_York", "on_arrival", self.midnight - SECOND)
        with dg.instance_for_test() as instance:
            assert isinstance(self.fire(instance), dg.SkipReason)

    def test_a_second_tick_of_the_same_midnight_asks_for_the_same_run(self, receive_at):
        """Dagster starts one run for a run key."""
        receive_at("a", "America/New_York", "nightly", self.midnight - SECOND)
        with dg.instance_for_test() as instance:
            first, second = self.fire(instance), self.fire(instance)
            assert [each.run_key for each in first] == [each.run_key for each in second]
