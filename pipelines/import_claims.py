"""Claiming imports for runs: ledger first, then Dagster's partitions, then the run requests."""

from collections.abc import Sequence
from datetime import datetime

import dagster as dg
from psycopg import Connection

from assets.partitions import imports_partitions, is_in_dead_process
from pipelines.given_up import give_up
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
