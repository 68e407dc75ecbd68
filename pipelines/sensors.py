"""The sensors of imports: files that wait, imports that were cut off, runs that were terminated.

A tick only reads ledger and runs, and asks for runs. What each automation does:

- a zone's schedule: the nightly files of accounts in that zone, at its midnight;
- `waiting_file_found`: files of accounts that import on arrival, and those sent at the portal;
- `nightly_file_left_over`: nightly files that a schedule left, unless that schedule is stopped;
- `interrupted_import_found`: imports whose run failed or is gone;
- `terminated_run_found`: imports of runs that a person terminated.
"""

import time
import warnings
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.partitions import imports_partitions
from assets.resources import RosterlineResource
from pipelines.ask_for_runs import MAX_RUNS_PER_TICK, Asked, ask_for, ask_for_due
from pipelines.checks import check_files
from pipelines.document_sensor import document_queries_due
from pipelines.interrupted_imports import find_interrupted
from pipelines.jobs import import_files, nightly_import
from pipelines.lost_runs import find_lost
from pipelines.run_requests import digest_of
from pipelines.runs_of_imports import (
    keys_under_way,
    not_yet_asked,
    started_runs,
    terminated_keys,
)
from pipelines.schedules import stopped_zones
from pipelines.sensor_cursors import read_times, write_times
from pipelines.settle import settle_imports, settling
from registry.landing.disk_reserve import is_full, said_of
from registry.ledger.claims import tries_are_over
from registry.ledger.due_imports import unfinished, unfinished_keys
from registry.ledger.run_locks import runs_at_work

# Dagster would warn in each process that a parameter is in beta that it passes on itself.
warnings.filterwarnings("ignore", "Parameter `owners`", dg.BetaWarning)

OVERDUE = timedelta(minutes=2)
"""How long after midnight the sensor leaves nightly accounts to the schedule of their zone."""

EACH_ROUND_SECONDS = 3
"""Shorter than the daemon's interval of 5 seconds, so that every round evaluates the sensor:
senders wait for their results."""

SELDOM_SECONDS = 10
"""For what is rare. Each tick costs 20 ms of processor time, whether it finds something or not."""


@dg.sensor(
    jobs=[import_files, check_files],
    minimum_interval_seconds=EACH_ROUND_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Imports files as they arrive: those of accounts that import on arrival, and those "
    "sent at the portal; and checks files. While it is stopped, they wait. Nightly files are left "
    "to the schedules. Where `rosterline up` runs, small files are taken at once, before this "
    "sensor looks, unless it is stopped.",
)
def waiting_file_found(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for runs of waiting imports that need not wait for midnight."""
    settings = rosterline.settings
    if is_full(settings):
        return dg.SkipReason(said_of(settings))
    with rosterline.connect() as connection:
        asked = ask_for_due(
            connection, context.instance, "on_arrival", settings.max_imports_per_run
        )
    return _result(_of_job(asked), "no file waits")


@dg.sensor(
    job=nightly_import,
    minimum_interval_seconds=SELDOM_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Imports nightly files that the schedule of their zone left: it missed its tick, "
    "the account was busy, or the batch was full. Files whose schedule is stopped wait.",
)
def nightly_file_left_over(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for runs of nightly imports whose midnight is past."""
    settings = rosterline.settings
    if is_full(settings):
        return dg.SkipReason(said_of(settings))
    stopped = stopped_zones(context)
    with rosterline.connect() as connection:
        asked = ask_for_due(
            connection,
            context.instance,
            "nightly",
            settings.max_imports_per_run,
            due_at=datetime.now(UTC) - OVERDUE,
            without_zones=stopped,
        )
    besides = f"; the schedules of {', '.join(sorted(stopped))} are stopped" if stopped else ""
    return _result(asked, f"no nightly file is left over{besides}")


@dg.sensor(
    jobs=[import_files, check_files, settle_imports],
    minimum_interval_seconds=SELDOM_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Continues imports whose run failed: a minute later, then after longer and longer "
    "pauses, each in a run of its own. Gives an import up when its tries are over, and notices "
    "runs of any job whose process is gone.",
)
def interrupted_import_found(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Ask for a run of each import that was cut off, or to give it up."""
    instance = context.instance
    if is_full(rosterline.settings):
        return dg.SensorResult(cursor=context.cursor, skip_reason=said_of(rosterline.settings))
    # Runs are read before imports, so that an import that ends in between is not taken for one
    # without a run.
    under_way, started = keys_under_way(instance), started_runs(instance)
    with rosterline.connect() as connection:
        processing = unfinished(connection)
        at_work = {each.run_id or "" for each in processing if each.is_at_work}
        at_work |= runs_at_work(connection, sorted(started))
        cancelled = terminated_keys(instance, {each.imported.partition_key for each in processing})
    since, now = read_times(context.cursor), time.monotonic()
    lost = find_lost(started, at_work, since, now)
    judgement = find_interrupted(
        [each for each in processing if each.imported.partition_key not in cancelled],
        under_way,
        started,
        since,
        now,
    )
    over = [
        each.imported for each in judgement.due if tries_are_over(each.imported, each.attempt_state)
    ]
    again = [(each.imported,) for each in judgement.due if each.imported not in over]
    asked = _of_job(ask_for(instance, again[:MAX_RUNS_PER_TICK]))
    settle_requests = not_yet_asked(
        instance,
        [
            *(
                settling(f"give up {i.partition_key}#{i.claims}", given_up=[i.partition_key])
                for i in over
            ),
            *(
                settling(f"gone {run_id}", gone=[run_id])
                for run_id in {*judgement.gone, *lost.gone}
            ),
        ],
    )
    found = Asked([*asked.requests, *settle_requests], asked.keys)
    return _result(found, "no import was cut off", write_times(judgement.since | lost.since))


@dg.sensor(
    job=settle_imports,
    minimum_interval_seconds=SELDOM_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Cancels the imports of a run that was terminated, queued or started, and tells "
    "their senders. An import whose patients were written already gets its result.",
)
def terminated_run_found(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask to settle imports whose last run was terminated."""
    with rosterline.connect() as connection:
        keys = unfinished_keys(connection)
    terminated = terminated_keys(context.instance, keys)
    if not terminated:
        return dg.SkipReason("no run of an unfinished import was terminated")
    by_run: dict[str, list[str]] = {}
    for key, run_id in sorted(terminated.items()):
        by_run.setdefault(run_id, []).append(key)
    requests = [
        settling(f"terminated {run_id} {digest_of(keys)}", cancelled=keys)
        for run_id, keys in by_run.items()
    ]
    asked = not_yet_asked(context.instance, requests)
    return _result(Asked(asked, []), "the runs that settle them are under way")


def _of_job(asked: Asked) -> Asked:
    """Requests that name their job, as a sensor of several must: `import_files`, or of checks."""
    named = [
        each.with_replaced_attrs(job_name=each.job_name or import_files.name)
        for each in asked.requests
    ]
    return Asked(named, asked.keys)


def _result(asked: Asked, nothing: str, cursor: str | None = None) -> dg.SensorResult:
    added = [imports_partitions.build_add_request(asked.keys)] if asked.keys else []
    return dg.SensorResult(
        run_requests=asked.requests,
        dynamic_partitions_requests=added,
        cursor=cursor,
        skip_reason=None if asked.requests else nothing,
    )


sensors = [
    waiting_file_found,
    nightly_file_left_over,
    interrupted_import_found,
    terminated_run_found,
    document_queries_due,
]
