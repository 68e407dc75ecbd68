"""Pruning Dagster's runs: with each go its events, its logs and what its steps stored.

A run is kept for at least as long as the partitions that it materialised: settings see to it.
"""

import shutil
from datetime import datetime, timedelta

import dagster as dg

from pipelines.run_statuses import OVER
from registry.keeping.pruned import Pruned
from registry.settings import Settings

MOST = 5_000
"""Runs that one prune removes, the oldest first."""

WHAT = "Dagster runs with their events"


def prune_runs(
    instance: dg.DagsterInstance, settings: Settings, now: datetime, *, dry_run: bool
) -> Pruned:
    """Remove runs that ended long ago."""
    before = now - timedelta(days=settings.keep_runs_days)
    over = dg.RunsFilter(statuses=OVER, updated_before=before)
    ids = instance.get_run_ids(over)
    oldest = ids[::-1][:MOST]
    if not dry_run:
        for run_id in oldest:
            instance.delete_run(run_id)
            for folder in ("compute_logs", "artifacts/storage"):
                shutil.rmtree(settings.dagster_dir / folder / run_id, ignore_errors=True)
    return Pruned(WHAT, len(oldest), left=len(ids) - len(oldest))
