"""The nightly schedules: one per time zone in which our senders' midnights fall.

The zones are a setting and are not read from the registry. If they were, every process of every run
would need the database to load the code location, the schedules would vanish while the database is
down, and a new account would need a reload. Instead, each tick claims all due files: every nightly
file that was received before the last midnight of its own account. The sensor
`drop_folder_file_arrives` serves accounts in zones that are not listed (or that are named
differently, such as America/Detroit) two minutes after their midnight, and claims the files that a
missed tick left.
"""

import re

import dagster as dg

from assets.resources import RosterlineResource
from pipelines.import_claims import claim_for_runs
from pipelines.jobs import nightly_import
from registry.landing.disk_reserve import is_full, said_of
from registry.settings import Settings


def nightly_schedule(zone: str) -> dg.ScheduleDefinition:
    """The schedule that runs at midnight in `zone`.

    Where the clocks skip midnight (Santiago, Cairo, Beirut), it runs when the day begins.
    """

    @dg.schedule(
        name=re.sub(r"\W", "_", f"nightly_import_{zone.lower()}"),
        job=nightly_import,
        cron_schedule="0 0 * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"At midnight in {zone}: imports the files received before it.",
    )
    def at_midnight(
        context: dg.ScheduleEvaluationContext, rosterline: RosterlineResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        if is_full(rosterline.settings):
            return dg.SkipReason(said_of(rosterline.settings))
        with rosterline.connect() as connection:
            requests = claim_for_runs(
                connection,
                context.instance,
                "nightly",
                rosterline.settings.max_imports_per_run,
                due_at=context.scheduled_execution_time,
            )
        return requests or dg.SkipReason("no file waited for this midnight")

    return at_midnight


schedules = [nightly_schedule(zone) for zone in Settings().nightly_zones]
