"""What Dagster knows of the runs that work on imports: which are under way, which ended how.

Everything here only reads.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import dagster as dg

from assets.partitions import imports_partitions
from pipelines.jobs import (
    CHECK_FILES,
    STAGES,
    find_potential_duplicates,
    import_files,
    nightly_import,
    query_documents,
    sweep_registry,
)
from pipelines.run_requests import ASKED_TAG, after_run, keys_of_run
from pipelines.run_statuses import UNDER_WAY

PARTITIONS = imports_partitions.name or ""

LOST_SECONDS = 10.0
"""Pause after a run that ended without taking its imports up, doubled with each further one."""
LONGEST_SECONDS = 3600.0

MAX_TERMINATED = 500
"""Terminated runs that are looked at, the last ones; those before were settled long ago."""

RETRIED_WITHIN = timedelta(minutes=10)
"""How long a retry that Dagster announced is waited for."""

_WILL_RETRY = {"dagster/will_retry": "true"}
_RETRIED_BY = "dagster/auto_retry_run_id"


class Earlier(NamedTuple):
    """Runs that were asked for under one name: how many, and the last of them."""

    number: int
    last_run_id: str | None
    is_over: bool
    last_at: float

    @property
    def must_wait(self) -> bool:
        """Whether none is asked for now: what ended the last one may need time to heal."""
        if not self.is_over:
            return True
        pause = min(LOST_SECONDS * 2.0 ** min(self.number - 1, 20), LONGEST_SECONDS)
        return time.time() - self.last_at < pause


def keys_under_way(instance: dg.DagsterInstance) -> set[str]:
    """Partitions whose stages a run works on or will: queued, started, or about to be retried."""
    after = datetime.now(UTC) - RETRIED_WITHIN
    failed = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE], tags=_WILL_RETRY, updated_after=after
    )
    runs = [
        *instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)),
        *(run for run in instance.get_runs(failed) if _RETRIED_BY not in run.tags),
    ]
    return keys_of_runs(instance, [run for run in runs if is_of_stages(run)])


def keys_of_runs(instance: dg.DagsterInstance, runs: Sequence[dg.DagsterRun]) -> set[str]:
    """The partitions of these runs."""
    keys = instance.get_dynamic_partitions(PARTITIONS) if any(map(_has_range, runs)) else []
    return {key for run in runs for key in keys_of_run(run.tags, keys)}


def is_of_stages(run: dg.DagsterRun) -> bool:
    """Whether the run works on stages of an import; a run of what follows an import does not."""
    chosen = {key.to_user_string() for key in run.asset_selection or ()}
    apart = (query_documents.name, find_potential_duplicates.name, sweep_registry.name)
    return run.job_name not in apart and (not chosen or not chosen.isdisjoint(STAGES))


def is_of_imports(run: dg.DagsterRun) -> bool:
    """Whether the run takes imports through their stages; the ledger has what became of them."""
    chosen = {key.to_user_string() for key in run.asset_selection or ()}
    jobs = (import_files.name, nightly_import.name, CHECK_FILES)
    return run.job_name in jobs or bool(chosen & set(STAGES))


def started_runs(instance: dg.DagsterInstance) -> set[str]:
    """Ids of the runs that Dagster takes for started."""
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    return {run.run_id for run in instance.get_runs(started)}


def terminated_keys(instance: dg.DagsterInstance, unfinished: AbstractSet[str]) -> dict[str, str]:
    """Of these partitions, those whose last run was terminated, with the id of that run."""
    if not unfinished:
        return {}
    terminated = dg.RunsFilter(statuses=[dg.DagsterRunStatus.CANCELED])
    records = instance.get_run_records(terminated, limit=MAX_TERMINATED)
    if not records:
        return {}
    since = min(record.create_timestamp for record in records)
    keys = instance.get_dynamic_partitions(PARTITIONS)
    last: dict[str, dg.DagsterRun] = {}
    # The newest first.
    for run in instance.get_runs(dg.RunsFilter(created_after=since - timedelta(seconds=1))):
        if is_of_stages(run):
            for key in unfinished & set(keys_of_run(run.tags, keys)) - last.keys():
                last[key] = run
    return {
        key: run.run_id for key, run in last.items() if run.status is dg.DagsterRunStatus.CANCELED
    }


def not_yet_asked(
    instance: dg.DagsterInstance, requests: Sequence[dg.RunRequest]
) -> list[dg.RunRequest]:
    """These requests with run keys that Dagster takes, without those that have to wait.

    They are for imports that no run works on, so an earlier run of the same name has ended without
    effect.
    """
    earlier = _earlier(instance, {request.tags[ASKED_TAG] for request in requests})
    found = []
    for request in requests:
        before = earlier.get(request.tags[ASKED_TAG])
        if before is None:
            found.append(request)
        elif not before.must_wait:
            found.append(after_run(request, before.last_run_id))
    return found


def _earlier(instance: dg.DagsterInstance, names: Collection[str]) -> Mapping[str, Earlier]:
    if not names:
        return {}
    found: dict[str, Earlier] = {}
    # The newest first.
    for record in instance.get_run_records(dg.RunsFilter(tags={ASKED_TAG: sorted(names)})):
        run = record.dagster_run
        ended_at = record.end_time or record.update_timestamp.timestamp()
        last = found.get(run.tags[ASKED_TAG], Earlier(0, run.run_id, run.is_finished, ended_at))
        found[run.tags[ASKED_TAG]] = last._replace(number=last.number + 1)
    return found


def _has_range(run: dg.DagsterRun) -> bool:
    return "dagster/partition" not in run.tags
