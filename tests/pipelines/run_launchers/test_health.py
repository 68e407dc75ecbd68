"""What run monitoring is told of a started run, by its lock in PostgreSQL."""

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from pipelines.interrupted_imports import WITHOUT_HOLDER_SECONDS
from pipelines.run_launchers.health import HealthByLock
from registry.ledger.run_locks import at_work, runs_at_work
from tests.waiting import eventually

RUN = dg.DagsterRun("import_files", run_id="01a21b76-604a-7cfa-ba30-62e08dca5711")


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def health(database, clock, monkeypatch):
    for name, value in database.as_environment().items():
        monkeypatch.setenv(name, value)
    return HealthByLock(clock)


def test_a_run_that_holds_its_lock_is_at_work_however_long(health, clock, database, connection):
    with at_work(database, RUN.run_id):
        eventually(lambda: runs_at_work(connection, [RUN.run_id]))
        for _ in range(3):
            assert health.judge(RUN).status is WorkerStatus.RUNNING
            clock.now += 3600


def test_one_without_a_lock_is_lost_once_that_has_been_so_for_long_enough(health, clock):
    assert health.judge(RUN).status is WorkerStatus.RUNNING
    clock.now += WITHOUT_HOLDER_SECONDS - 1
    assert health.judge(RUN).status is WorkerStatus.RUNNING
    clock.now += 1
    found = health.judge(RUN)
    assert found.status is WorkerStatus.NOT_FOUND
    assert "lock" in (found.msg or "")


def test_a_lock_that_came_back_begins_the_wait_anew(health, clock, database, connection):
    health.judge(RUN)
    clock.now += WITHOUT_HOLDER_SECONDS - 1
    with at_work(database, RUN.run_id):
        eventually(lambda: runs_at_work(connection, [RUN.run_id]))
        health.judge(RUN)
    eventually(lambda: not runs_at_work(connection, [RUN.run_id]))
    clock.now += 2
    assert health.judge(RUN).status is WorkerStatus.RUNNING
