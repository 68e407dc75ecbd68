"""Retiring partition keys: Dagster forgets the partitions of old imports, the ledger keeps them.

Dagster reads the list of all keys in each tick that asks for runs, in each run over several of them
and for each page of an asset (docs/decisions/014-the-dagster-project.md has figures). What asks for
a run of a retired import adds its key again.
"""

from datetime import datetime, timedelta

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from psycopg import Connection

from pipelines.runs_of_imports import PARTITIONS, keys_under_way
from registry.database.statements import Statements
from registry.keeping.pruned import Pruned
from registry.settings import Settings

MOST = 20_000
"""Keys that one prune retires, the oldest first; Dagster takes them one by one."""

WHAT = "partition keys"

_SQL = Statements(__file__)
_BEGUN = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]


def retire_keys(
    connection: Connection,
    instance: dg.DagsterInstance,
    settings: Settings,
    now: datetime,
    *,
    dry_run: bool,
) -> Pruned:
    """Retire the keys of imports that ended long ago, unless a backfill is under way."""
    if instance.get_backfills(filters=BulkActionsFilter(statuses=_BEGUN), limit=1):
        return Pruned(WHAT, 0)
    # Keys first: one that is added meanwhile is not among them.
    present = instance.get_dynamic_partitions(PARTITIONS)
    since = now - timedelta(days=settings.keep_partitions_days)
    rows = connection.execute(_SQL["list_young_keys"], {"since": since}).fetchall()
    connection.commit()
    kept = {key for (key,) in rows} | keys_under_way(instance)
    old = [key for key in present if key not in kept]
    if not dry_run:
        for key in old[:MOST]:
            instance.delete_dynamic_partition(PARTITIONS, key)
    return Pruned(WHAT, min(len(old), MOST), left=max(len(old) - MOST, 0))
