"""An assertion about the sensor that requests builds."""

import time

import dagster as dg
from dagster._core.events import DagsterEvent, RunFailureReason

from assets.resources import RosterlineResource
from tests.waiting import eventually


def a_failed_build_is_requested_again_after_a_pause(_built):
    from pipelines.marts.definitions import build_marts, defs, marts_fall_behind

    def tick(cursor=None):
        resources = {"rosterline": RosterlineResource()}
        with dg.build_sensor_context(instance, cursor, resources=resources) as context:
            return marts_fall_behind(context)

    with dg.DagsterInstance.ephemeral() as instance:
        # A build is asked for once the ledger was quiet for a minute.
        first = eventually(lambda: (found := tick()).run_requests and found, 90)
        assert len(first.run_requests) == 1
        assert "nothing changed" in tick(first.cursor).skip_reason.skip_message
        run = instance.create_run_for_job(defs.resolve_job_def(build_marts.name))
        assert "under way" in tick().skip_reason.skip_message
        assert instance.get_runs_count() == 1, "a tick only reads"
        fails_at(instance, run, time.time() - 60)
        assert "after a pause" in tick(first.cursor).skip_reason.skip_message
        fails_at(instance, run, time.time() - 360)
        (again,) = tick(first.cursor).run_requests
        assert again.run_key == f"{first.run_requests[0].run_key}#2"


def fails_at(instance, run, instant):
    failed = DagsterEvent.job_failure(run.job_name, "it fails", RunFailureReason.STEP_FAILURE)
    instance.report_dagster_event(failed, run.run_id, timestamp=instant)
