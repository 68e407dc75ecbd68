"""A build of the marts in this process, for the command line; the UI shows it like any other."""

import os
from uuid import uuid4

import dagster as dg

from assets.partitions import NO_RETRY
from pipelines.ask_run_server import RunFailed
from pipelines.process_environment import dagster_environment
from registry.database.connections import connect
from registry.marts.build_lock import wait_for_build
from registry.settings import Settings


def build_now(settings: Settings, *, full_refresh: bool = False) -> str:
    """Wait until no build is under way, build the marts, and return the id of the run.

    Raises:
        RunFailed: a model or one of its tests failed; the message names the run.
    """
    os.environ.update(dagster_environment(settings))
    # Before the run exists, because a run that waits takes up a place of another one.
    with connect(settings) as connection:
        wait_for_build(connection)
    # Imported here, because the module reads the settings from the environment set above.
    from pipelines.marts.definitions import build_marts, defs  # noqa: PLC0415

    run_id = str(uuid4())
    config = {
        "ops": {"marts": {"config": {"full_refresh": full_refresh}}},
        # Dagster stores the run's log; the terminal shows the command's own output only.
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with dg.DagsterInstance.get() as instance:
        done = defs.resolve_job_def(build_marts.name).execute_in_process(
            instance=instance,
            run_id=run_id,
            run_config=config,
            tags=NO_RETRY,
            raise_on_error=False,
        )
    if not done.success:
        raise RunFailed(
            f"the build of the marts failed; run {run_id} in the Dagster UI shows which model or "
            f"test failed, {settings.marts_dir / 'build' / 'dbt.log'} shows dbt's log"
        )
    return run_id
