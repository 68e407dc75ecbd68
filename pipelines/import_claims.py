"""Claiming imports for runs: ledger first, then Dagster's partitions, then the run requests."""

import errno
import json
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.scheduler.instigation import TickStatus
from psycopg import Connection

from assets.partitions import imports_partitions, is_in_dead_process
from pipelines.given_up import give_up
from pipelines.interrupted_imports import ENDED
from pipelines.jobs import STAGES, query_documents
from pipelines.run_requests import keys_of_run, requests_for
from pipelines.run_statuses import UNDER_WAY
from registry.accounts.accounts import Account, Cadence
from registry.ledger.claims import (
    Batch,
    Unfinished,
    claim_again,
    claim_lock,
    claim_waiting,
)
from registry.settings import Settings
from schemas.errors import NotFound

PARTITIONS = imports_partitions.name or ""

_SERVER_TAG = ".dagster/grpc_info"
"""Where Dagster's launcher notes which code server it asked to start a run."""

LOST_WITHIN = timedelta(minutes=10)
MAX_LOST_RUNS = 200

MAX_RUNS_PER_TICK = 20
"""Dagster creates about one run a second, and the next tick waits for it."""


def claim_for_runs(
    connection: Connection,
    instance: dg.DagsterInstance,
    cadence: Cadence | None,
    limit: int,
    *,
    due_at: datetime | None = None,
    account: Account | None = None,
) -> list[dg.RunRequest]:
    """Claim waiting imports (`registry.ledger.claims.claim_waiting`) and request runs for them.

    Partitions are added while the claim lock is held, so the partitions of a batch are adjacent,
    which a run over a range needs. With `due_at`, only files received before the account's last
    midnight before that instant are claimed. If the process is killed after the claim, nothing is
    lost: `interrupted_import_found` requests the missing runs.
    """
    with claim_lock(connection):
        batches = claim_waiting(
            connection,
            limit=limit,
            cadence=cadence,
            account=account,
            due_at=due_at,
            max_batches=MAX_RUNS_PER_TICK,
        )
        return _requests(instance, batches)


def claim_for_rerun(
    connection: Connection,
    settings: Settings,
    instance: dg.DagsterInstance,
    interrupted: Sequence[Unfinished],
    now: datetime,
) -> list[dg.RunRequest]:
    """Request a run for each import that was cut off, or give up on the import."""
    with claim_lock(connection):
        batches: list[Batch] = []
        for each in interrupted:
            if give_up(connection, settings, each.imported, now):
                continue
            try:
                batches.append((claim_again(connection, each.imported),))
            except NotFound:
                continue  # its run finished it after all
        return _requests(instance, batches)


def keys_under_way(instance: dg.DagsterInstance) -> set[str]:
    """Partitions whose stages a queued or started run works on, whether ours or a person's."""
    runs = [run for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)) if _imports(run)]
    keys = instance.get_dynamic_partitions(PARTITIONS) if runs else []
    return {key for run in runs for key in keys_of_run(run.tags, keys)}


def end_runs_of_killed_processes(instance: dg.DagsterInstance) -> None:
    """Report runs as failed whose process on this machine is gone; Dagster does not notice."""
    for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)):
        if is_in_dead_process(run):
            instance.report_run_failed(run, "the process of this run was killed")


def end_runs_of_killed_servers(instance: dg.DagsterInstance) -> None:
    """Tell Dagster of runs whose code server was killed while it started them.

    Dagster itself waits five minutes for such a run. One whose process is there after all finds
    that its run is over, and ends.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])):
        if is_of_dead_server(run.tags):
            instance.report_run_failed(run, "the code server was killed while it started this run")


def is_of_dead_server(tags: Mapping[str, str]) -> bool:
    """Whether nothing listens where the run with these tags was started."""
    path = json.loads(tags.get(_SERVER_TAG, "{}")).get("socket")
    if not path:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) in (errno.ECONNREFUSED, errno.ENOENT)


def keys_of_lost_runs(
    instance: dg.DagsterInstance, unfinished: Sequence[Unfinished], *, asks: str
) -> set[str]:
    """Partitions of imports that no run began on, and whose run Dagster will not start any more.

    It ended before it began, as a launch does that fails; or a sensor or schedule failed after it
    had claimed imports and before Dagster heard of it. `asks` is the sensor that asks.
    """
    without = {each.imported.partition_key for each in unfinished if each.run_id is None}
    if not without:
        return set()
    after = datetime.now(UTC) - LOST_WITHIN
    if _has_failed_tick(instance, after, asks):
        return without
    ended = dg.RunsFilter(statuses=list(ENDED), created_after=after)
    keys = instance.get_dynamic_partitions(PARTITIONS)
    runs = instance.get_runs(ended, limit=MAX_LOST_RUNS)
    return without & {key for run in runs for key in keys_of_run(run.tags, keys)}


def _has_failed_tick(instance: dg.DagsterInstance, after: datetime, asks: str) -> bool:
    """Whether a tick failed lately, while none is under way that may be creating runs."""
    failed = False
    # An instance in memory, as engineers make one to try something, has no schedules.
    states = instance.all_instigator_state() if instance.schedule_storage else ()
    for each in states:
        ticks = instance.get_ticks(
            each.instigator_origin_id,
            each.selector_id,
            after=after.timestamp(),
            statuses=[TickStatus.STARTED, TickStatus.FAILURE],
        )
        if each.instigator_name != asks and any(t.status is TickStatus.STARTED for t in ticks):
            return False
        failed = failed or any(tick.status is TickStatus.FAILURE for tick in ticks)
    return failed


def statuses_of(
    instance: dg.DagsterInstance, run_ids: Sequence[str]
) -> dict[str, dg.DagsterRunStatus]:
    """Status by run id, for the runs that Dagster knows."""
    runs = instance.get_runs(dg.RunsFilter(run_ids=list(run_ids))) if run_ids else []
    return {run.run_id: run.status for run in runs}


def _imports(run: dg.DagsterRun) -> bool:
    """Whether the run works on stages of an import; a run of document queries does not."""
    chosen = {key.to_user_string() for key in run.asset_selection or ()}
    return run.job_name != query_documents.name and (not chosen or not chosen.isdisjoint(STAGES))


def _requests(instance: dg.DagsterInstance, batches: Sequence[Batch]) -> list[dg.RunRequest]:
    if not batches:
        return []
    own = [imported.partition_key for batch in batches for imported in batch]
    instance.add_dynamic_partitions(PARTITIONS, own)
    keys = instance.get_dynamic_partitions(PARTITIONS)
    return [request for batch in batches for request in requests_for(batch, keys)]
