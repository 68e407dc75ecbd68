"""The nightly schedules: one per time zone in which our senders' midnights fall.

The zones are a setting and are not read from the registry. Loading the code location would need
the database then, in every process of every run; with the database down the schedules would be
gone; and a new account would need a reload. So each tick claims whatever is due: every nightly
file received before its own account's last midnight. An account in a zone that is not listed
(or named differently, as America/Detroit) is served two minutes after its midnight by
`drop_folder_file_arrives`, which also claims what a missed tick left.
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

    Where clocks skip midnight (Santiago, Cairo, Beirut), it runs as soon as the day begins.
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
