"""A build in this very process, for the command line; seen in the UI like any other."""

import os
from uuid import uuid4

import dagster as dg

from pipelines.command_runs import RunFailed
from pipelines.process_environment import dagster_environment
from registry.settings import Settings


def build_now(settings: Settings, *, full_refresh: bool = False) -> str:
    """Build the marts and return the id of the run.

    Raises:
        RunFailed: a model or one of its tests failed; the message names the run.
    """
    os.environ.update(dagster_environment(settings))
    # The location is loaded from the environment, as Dagster does.
    from pipelines.marts.definitions import build_marts, defs  # noqa: PLC0415

    run_id = str(uuid4())
    config = {
        "ops": {"marts": {"config": {"full_refresh": full_refresh}}},
        # Dagster keeps the run's log itself; the terminal belongs to the command.
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with dg.DagsterInstance.get() as instance:
        done = defs.resolve_job_def(build_marts.name).execute_in_process(
            instance=instance, run_id=run_id, run_config=config, raise_on_error=False
        )
    if not done.success:
        raise RunFailed(
            f"the build of the marts failed; run {run_id} in the Dagster UI shows which model or "
            f"test, {settings.marts_dir / 'build' / 'dbt.log'} what dbt did"
        )
    return run_id
