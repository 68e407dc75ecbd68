"""Asset `pruned`: what was removed each night because it was older than the settings say."""

from datetime import UTC, datetime

import dagster as dg

from assets.materialisation import OWNERS
from assets.resources import RosterlineResource
from pipelines.keeping.prune import prune
from registry.database.month_partitions import analyze, make_months


@dg.asset(
    group_name="operations",
    owners=list(OWNERS),
    kinds={"postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/keep-and-prune.md")},
    description="""What was removed because it was older than the settings `ROSTERLINE_KEEP_…` say:
partitions and runs of Dagster, staging files, rotated logs, old sessions, notifications, delivered
webhooks and lines of the activity log; results and received files only where it is set.

**Grain**: one materialization per prune; its metadata counts what was removed.

**Source**: ledger, home folder and Dagster's storage.

**Run again**: at any time. `rosterline prune --dry-run` says what would be removed.
""",
)
def pruned(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult[None]:
    """Prune, and report."""
    with rosterline.connect() as connection:
        found = prune(connection, context.instance, rosterline.settings, datetime.now(UTC))
    return dg.MaterializeResult(
        metadata={
            **{each.what: each.count for each in found},
            "bytes of files": sum(each.byte_count for each in found),
            "left for the next night": sum(each.left for each in found),
        }
    )


prune_job = dg.define_asset_job(
    "prune",
    selection=dg.AssetSelection.assets(pruned),
    description="Remove what is older than the settings say.",
)


@dg.schedule(
    name="prune_at_night",
    job=prune_job,
    # When most nights are over, in the zones of the United States.
    cron_schedule="30 10 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each day at 10:30 UTC: removes what is older than the settings say. While it is "
    "stopped, only `rosterline prune` removes anything, and Dagster becomes slower with the number "
    "of partitions.",
)
def prune_at_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for each tick."""
    return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat())


@dg.asset(
    group_name="operations",
    owners=list(OWNERS),
    kinds={"postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/keep-and-prune.md")},
    description="""PostgreSQL's partitions of this month and the next three, for tables that grow
with every imported row (docs/decisions/019-postgresql-at-size.md); and fresh statistics of these
tables as a whole, which autovacuum does not make.

**Grain**: one materialization per look; its metadata names the partitions that were made.

**Source**: PostgreSQL's catalogue.

**Run again**: at any time. Nothing fails if it is not run: rows of months that were not made stand
in the highest partition, which becomes that of these months.
""",
)
def table_months(
    context: dg.AssetExecutionContext, rosterline: RosterlineResource
) -> dg.MaterializeResult[None]:
    """Make the months ahead, and report."""
    with rosterline.connect() as connection:
        connection.commit()
        found = make_months(connection, datetime.now(UTC))
        analyze(connection)
    if found.busy:
        context.log.warning("in use, left to the next time: %s", ", ".join(found.busy))
    return dg.MaterializeResult(
        metadata={"made": list(found.made), "left for the next time": list(found.busy)}
    )


months_job = dg.define_asset_job(
    "make_months",
    selection=dg.AssetSelection.assets(table_months),
    description="Make the months ahead of the partitioned tables.",
)


@dg.schedule(
    name="months_ahead",
    job=months_job,
    # Before the prune, which takes old months out.
    cron_schedule="0 10 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each day at 10:00 UTC: gives the months ahead partitions of their own in "
    "PostgreSQL. While it is stopped, several months share one, which leaves the database as one.",
)
def months_ahead(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for each tick."""
    return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat())
