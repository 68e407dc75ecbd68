"""One build at a time: a second run stays in the queue, where it takes nobody's place."""

import dagster as dg
import pytest
from dagster._core.op_concurrency_limits_counter import GlobalOpConcurrencyLimitsCounter

from pipelines.process_environment import dagster_environment

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture
def instance(migrated, monkeypatch):
    """Dagster's storage in PostgreSQL, as dagster.yaml configures it."""
    for name, value in dagster_environment(migrated).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as opened:
        yield opened


def limit(instance):
    from pipelines.marts.assets import POOL

    pools = instance.event_log_storage.get_pool_limits()
    return {pool.name: pool.limit for pool in pools}.get(POOL)


def test_the_pool_lets_one_build_run_unless_a_person_set_another_limit(instance):
    from pipelines.marts.assets import POOL, limit_pool

    limit_pool(instance)
    assert limit(instance) == 1
    instance.event_log_storage.set_concurrency_slots(POOL, 3)
    limit_pool(instance)
    assert limit(instance) == 3


def test_the_daemon_does_not_start_a_second_build(instance):
    from pipelines.marts.assets import POOL, limit_pool
    from pipelines.marts.definitions import build_marts, defs

    instance.event_log_storage.set_concurrency_slots(POOL, 1)
    limit_pool(instance)
    job = defs.resolve_job_def(build_marts.name)
    first, second = (instance.create_run_for_job(job) for _ in range(2))

    def is_kept_back(run, *under_way):
        counter = GlobalOpConcurrencyLimitsCounter(
            instance,
            [instance.get_run_by_id(run.run_id)],
            under_way,
            {POOL},
            instance.event_log_storage.get_pool_limits(),
        )
        return counter.is_blocked(instance.get_run_by_id(run.run_id))

    assert not is_kept_back(first)
    claimed = instance.event_log_storage.claim_concurrency_slot(POOL, first.run_id, "marts")
    assert claimed.is_claimed
    assert is_kept_back(second)
    instance.event_log_storage.free_concurrency_slots_for_run(first.run_id)
    assert not is_kept_back(second)
