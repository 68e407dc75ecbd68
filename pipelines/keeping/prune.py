"""Everything that is pruned, in one go."""

from datetime import datetime

import dagster as dg
from psycopg import Connection

from pipelines.keeping.partition_keys import retire_keys
from pipelines.keeping.runs import prune_runs
from registry.keeping.files import prune_archive, prune_logs, prune_results, prune_staging
from registry.keeping.old_months import prune_months
from registry.keeping.pruned import Pruned
from registry.keeping.rows import prune_rows
from registry.settings import Settings


def prune(
    connection: Connection,
    instance: dg.DagsterInstance,
    settings: Settings,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Pruned]:
    """Remove what is older than the settings say; with `dry_run`, only find out what that is."""
    return [
        # Keys before runs: a partition whose run is gone would look as if it had never been made.
        retire_keys(connection, instance, settings, now, dry_run=dry_run),
        prune_runs(instance, settings, now, dry_run=dry_run),
        prune_staging(settings, now, dry_run=dry_run),
        prune_results(connection, settings, now, dry_run=dry_run),
        prune_archive(connection, settings, now, dry_run=dry_run),
        *prune_rows(connection, settings, now, dry_run=dry_run),
        *prune_months(connection, settings, now, dry_run=dry_run),
        prune_logs(settings, now, dry_run=dry_run),
    ]
