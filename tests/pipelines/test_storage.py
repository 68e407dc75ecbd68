"""Dagster's storage in an empty database, as at the first `rosterline up`."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
)
from sqlalchemy import event

from pipelines.storage import PooledPostgresStorage, RespectfulScheduleStorage
from registry.database.connections import dagster_url, database_url

AT_ONCE = 4
"""Webserver, daemon, the marts' code server and an import of the demonstration."""


@pytest.fixture
def empty_database(settings):
    """The URL of an empty database for Dagster."""
    # A name of its own: a process keeps what it knows of a database.
    own = settings.model_copy(update={"dagster_database": f"dagster_{uuid4().hex}"})
    yield dagster_url(own)
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {own.dagster_database} WITH (FORCE)")


def test_processes_that_start_at_once_create_its_tables_without_a_log_message(
    empty_database, caplog
):
    with ThreadPoolExecutor(AT_ONCE) as beside:
        made = list(beside.map(PooledPostgresStorage, [empty_database] * AT_ONCE))
    assert caplog.messages == []
    for storage in made:
        assert storage.run_storage.get_runs(limit=1) == []
        storage.run_storage.dispose()


@pytest.fixture
def schedules(empty_database):
    storage = PooledPostgresStorage(empty_database)
    yield storage.schedule_storage
    storage.run_storage.dispose()


def sensor_state(status, looked):
    code = RegisteredCodeLocationOrigin("rosterline")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(code, "__repository__"), "a_sensor")
    data = SensorInstigatorData(last_tick_start_timestamp=looked, min_interval=5)
    return InstigatorState(origin, InstigatorType.SENSOR, status, data)


def test_a_tick_that_ends_as_its_sensor_is_switched_off_leaves_it_off(schedules):
    def stored():
        return schedules.get_instigator_state(first.instigator_origin_id, first.selector_id)

    first = sensor_state(InstigatorStatus.RUNNING, 1000.0)
    schedules.add_instigator_state(first)
    schedules.update_instigator_state(stored().with_status(InstigatorStatus.STOPPED))
    of_a_tick = sensor_state(InstigatorStatus.RUNNING, 1005.0)
    schedules.update_instigator_state(of_a_tick)
    assert stored().status is InstigatorStatus.STOPPED
    assert stored().instigator_data.last_tick_start_timestamp == 1005.0
    schedules.update_instigator_state(stored().with_status(InstigatorStatus.RUNNING))
    assert stored().status is InstigatorStatus.RUNNING


def test_a_state_is_read_with_one_statement(schedules):
    state = sensor_state(InstigatorStatus.RUNNING, 1000.0)
    schedules.add_instigator_state(state)
    assert schedules.get_instigator_state(state.instigator_origin_id, state.selector_id) == state
    said = []
    event.listen(schedules._engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    assert schedules.get_instigator_state(state.instigator_origin_id, state.selector_id) == state
    assert len(said) == 1, said


def test_a_table_that_was_not_there_is_asked_for_again(empty_database):
    storage = RespectfulScheduleStorage(empty_database, should_autocreate_tables=False)
    assert not storage.has_instigators_table()
    PooledPostgresStorage(empty_database).run_storage.dispose()
    assert storage.has_instigators_table()


def test_a_tick_that_ends_as_its_sensor_is_switched_on_leaves_it_on(schedules):
    off = sensor_state(InstigatorStatus.STOPPED, 1000.0)
    schedules.add_instigator_state(off)
    schedules.update_instigator_state(off.with_status(InstigatorStatus.RUNNING))
    schedules.update_instigator_state(sensor_state(InstigatorStatus.STOPPED, 1005.0))
    found = schedules.get_instigator_state(off.instigator_origin_id, off.selector_id)
    assert found.status is InstigatorStatus.RUNNING
