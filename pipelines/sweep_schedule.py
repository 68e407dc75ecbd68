"""The weekly sweep: each account's whole registry, on Sundays."""

import dagster as dg

from assets.partitions import accounts_partitions
from assets.resources import RosterlineResource
from pipelines.jobs import sweep_registry
from registry.accounts.accounts import list_accounts


@dg.schedule(
    job=sweep_registry,
    # After the last midnight of the United States, and before anybody is at work.
    cron_schedule="0 11 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="On Sundays at 11:00 UTC: asks for the sweep of each account's registry, which "
    "looks for near-duplicates among all of its patients.",
)
def every_week(
    context: dg.ScheduleEvaluationContext, rosterline: RosterlineResource
) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask for a run for each account that has patients; a new account becomes a partition."""
    with rosterline.connect() as connection:
        names = [each.name for each in list_accounts(connection) if each.registry_version]
    context.instance.add_dynamic_partitions(accounts_partitions.name or "", names)
    day = context.scheduled_execution_time.date()
    requests = [dg.RunRequest(run_key=f"{name} {day}", partition_key=name) for name in names]
    return requests or dg.SkipReason("no account has patients")
