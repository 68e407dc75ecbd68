"""The code location of the marts: their assets, job and sensor."""

import time
from datetime import timedelta

import dagster as dg

from assets.resources import RosterlineResource
from pipelines.jobs import AFTER_IMPORTS
from pipelines.marts.assets import ACCOUNTS, dbt, marts_of
from pipelines.marts.build_decision import LastBuild, ask_for, read_asked, reason_to_wait
from pipelines.marts.project import prepared_project
from pipelines.run_statuses import UNDER_WAY
from registry.marts.freshness import read_changes
from registry.settings import Settings

marts = marts_of(prepared_project(Settings()))

build_marts = dg.define_asset_job(
    "build_marts",
    selection=dg.AssetSelection.assets(marts),
    description="Build the marts from the ledger: `dbt build`. A second build stays in the queue "
    "until the first is over.",
    tags=AFTER_IMPORTS,
)


@dg.sensor(
    job=build_marts,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a build if attempts were over or undone since the last one: once no "
    "import is at work and none was over for a minute, or after 30 minutes all the same; never "
    "within 15 minutes of the last build. Repeats a failed build up to three times, after pauses.",
)
def marts_fall_behind(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Request a build if the ledger changed since the last request, and waiting no longer pays."""
    asked = read_asked(context.cursor)
    with rosterline.connect() as connection:
        found = read_changes(connection, asked.since)
    reason = reason_to_wait(found, asked, _last_build(context.instance))
    if reason:
        return dg.SensorResult(skip_reason=reason)
    ask = ask_for(found, asked)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=ask.run_key)], cursor=ask.as_cursor()
    )


def _last_build(instance: dg.DagsterInstance) -> LastBuild:
    """The newest run of the job, whoever started it."""
    found = instance.get_run_records(dg.RunsFilter(job_name=build_marts.name), limit=1)
    if not found:
        return LastBuild()
    status = found[0].dagster_run.status
    if status in UNDER_WAY:
        return LastBuild(under_way=True)
    ended = found[0].end_time or found[0].update_timestamp.timestamp()
    return LastBuild(
        ended_ago=timedelta(seconds=time.time() - ended),
        failed=status is dg.DagsterRunStatus.FAILURE,
    )


defs = dg.Definitions(
    assets=[marts, ACCOUNTS],
    jobs=[build_marts],
    sensors=[marts_fall_behind],
    resources={"rosterline": RosterlineResource(), "dbt": dbt()},
    executor=dg.in_process_executor,
)
