"""The code location of the marts: their assets, job and sensor."""

import time
from datetime import timedelta

import dagster as dg

from assets.resources import RosterlineResource
from pipelines.marts.assets import ACCOUNTS, dbt, marts_of
from pipelines.marts.build_decision import ask_for, read_asked, reason_to_wait
from pipelines.marts.project import prepared_project
from pipelines.run_statuses import UNDER_WAY
from registry.marts.freshness import read_finished
from registry.settings import Settings

marts = marts_of(prepared_project(Settings()))

build_marts = dg.define_asset_job(
    "build_marts",
    selection=dg.AssetSelection.assets(marts),
    description="Build the marts from the ledger: `dbt build`. A second build waits for the first",
)


@dg.sensor(
    job=build_marts,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds the marts after the nightly import and after bursts of arrivals; repeats a "
    "failed build up to three times, after pauses.",
)
def marts_fall_behind(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Request a build if attempts finished since the last request."""
    asked = read_asked(context.cursor)
    with rosterline.connect() as connection:
        finished = read_finished(connection, asked.since)
    under_way = dg.RunsFilter(job_name=build_marts.name, statuses=UNDER_WAY)
    building = bool(context.instance.get_runs(under_way, limit=1))
    failed_ago = _failed_ago(context.instance)
    reason = reason_to_wait(finished, asked, building=building, failed_ago=failed_ago)
    if reason:
        return dg.SensorResult(skip_reason=reason)
    ask = ask_for(finished, asked)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=ask.run_key)], cursor=ask.as_cursor()
    )


def _failed_ago(instance: dg.DagsterInstance) -> timedelta | None:
    """How long ago the last build ended, if it failed; a person may have started it."""
    last = instance.get_run_records(dg.RunsFilter(job_name=build_marts.name), limit=1)
    if not last or last[0].dagster_run.status is not dg.DagsterRunStatus.FAILURE:
        return None
    ended = last[0].end_time or last[0].update_timestamp.timestamp()
    return timedelta(seconds=time.time() - ended)


defs = dg.Definitions(
    assets=[marts, ACCOUNTS],
    jobs=[build_marts],
    sensors=[marts_fall_behind],
    resources={"rosterline": RosterlineResource(), "dbt": dbt()},
    executor=dg.in_process_executor,
)
