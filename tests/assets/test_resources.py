"""The resource of assets, jobs and ticks: the registry, and the lock of the run."""

import dagster as dg
import pytest

from assets.resources import RosterlineResource
from registry.database.connections import connect
from registry.ledger.run_locks import runs_at_work
from tests.waiting import eventually


@pytest.fixture
def home(database, monkeypatch):
    for name, value in database.as_environment().items():
        monkeypatch.setenv(name, value)
    return database


def test_a_run_of_any_job_is_at_work_until_its_end(home):
    seen = []

    @dg.op
    def look(context: dg.OpExecutionContext, rosterline: RosterlineResource) -> None:
        with rosterline.connect() as connection:
            eventually(lambda: runs_at_work(connection, [context.run_id]))
        seen.append(context.run_id)

    @dg.job(resource_defs={"rosterline": RosterlineResource()})
    def any_job():
        look()

    with dg.DagsterInstance.ephemeral() as instance:
        assert any_job.execute_in_process(instance=instance).success
    with connect(home) as connection:
        assert seen
        assert runs_at_work(connection, seen) == set()
