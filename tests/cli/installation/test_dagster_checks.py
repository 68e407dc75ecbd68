"""The doctor's checks of Dagster, over its own storage."""

import json
import time

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
    SensorInstigatorData,
)
from dagster._daemon.types import DaemonHeartbeat

from cli.installation.dagster_checks import (
    OLD_HEARTBEAT_SECONDS,
    check_automations,
    check_daemon,
)
from pipelines.liveness import NEEDED, USEFUL, automations_off, parts_of_daemon
from pipelines.process_environment import dagster_environment


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as own:
        yield own


def beat(instance, seconds_ago, *, without=()):
    for kind in set(instance.get_required_daemon_types()) - set(without):
        at = time.time() - seconds_ago
        instance.add_daemon_heartbeat(DaemonHeartbeat(at, kind, "id", errors=[]))


def turn_off(instance, name):
    location = GrpcServerCodeLocationOrigin("localhost", port=1, location_name="rosterline")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), name)
    instance.add_instigator_state(
        InstigatorState(
            origin, InstigatorType.SENSOR, InstigatorStatus.STOPPED, SensorInstigatorData()
        )
    )


def test_a_daemon_that_never_ran_is_a_warning(instance):
    assert check_daemon(parts_of_daemon(instance)).level == "warn"


def test_a_daemon_that_lives_is_ok(instance):
    beat(instance, 20)
    assert check_daemon(parts_of_daemon(instance)).level == "ok"


def test_a_daemon_that_is_stopped_or_dead_fails(instance):
    beat(instance, OLD_HEARTBEAT_SECONDS + 60)
    found = check_daemon(parts_of_daemon(instance))
    assert found.level == "fail"
    assert "nothing is imported" in found.found


def test_a_part_of_the_daemon_without_a_sign_of_life_fails_and_is_named(instance):
    beat(instance, 20, without=["SENSOR"])
    found = check_daemon(parts_of_daemon(instance))
    assert (found.level, "sensor" in found.found) == ("fail", True)


@pytest.mark.parametrize("name", [*NEEDED, "nightly_import_utc"])
def test_a_sensor_or_schedule_that_intake_needs_and_that_is_off_fails(instance, name):
    turn_off(instance, name)
    found = check_automations(automations_off(instance), [*NEEDED, "nightly_import_utc"], USEFUL)
    assert found.level == "fail"
    assert name in found.found


def test_a_schedule_of_a_zone_without_accounts_may_be_off(instance):
    turn_off(instance, "nightly_import_pacific_guam")
    assert (
        check_automations(automations_off(instance), [*NEEDED, "nightly_import_utc"], USEFUL).level
        == "ok"
    )


@pytest.mark.parametrize("name", ["something_to_tell", "prune_at_night"])
def test_what_only_tells_or_prunes_is_a_warning(instance, name):
    turn_off(instance, name)
    assert check_automations(automations_off(instance), NEEDED, USEFUL).level == "warn"


@pytest.mark.parametrize("seconds_ago", [20, OLD_HEARTBEAT_SECONDS + 60])
def test_the_doctor_asks_the_installations_own_dagster(rosterline, home, monkeypatch, seconds_ago):
    for name, value in dagster_environment(home).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as own:
        beat(own, seconds_ago)
        try:
            levels = {
                check["name"]: check["level"]
                for check in json.loads(rosterline("doctor", "--json").stdout)
            }
        finally:
            own.wipe_daemon_heartbeats()
    assert levels["dagster daemon"] == ("ok" if seconds_ago == 20 else "fail")
    assert levels["automations"] == "ok"
