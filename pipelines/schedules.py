"""The nightly schedules: one per time zone in use.

The zones in use are those of the settings and those of the accounts. The code location reads the
accounts' zones from a file in the home folder (`registry/landing/zones_in_use.py`), because every
process of every run loads it: it must not need the database for that, and must load while the
database is away.
"""

import re

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorStatus

from assets.resources import RosterlineResource
from pipelines.ask_for_runs import ask_for_due
from pipelines.jobs import nightly_import
from pipelines.runs_of_imports import PARTITIONS
from registry.landing.disk_reserve import is_full, said_of
from registry.landing.zones_in_use import zones_in_use
from registry.settings import Settings, settings_of_environment


def schedule_name(zone: str) -> str:
    """The name of a zone's schedule; that of Etc/GMT+5 differs from that of Etc/GMT-5."""
    return re.sub(r"\W", "_", f"nightly_import_{zone.lower().replace('+', '_plus_')}")


def nightly_schedule(zone: str) -> dg.ScheduleDefinition:
    """The schedule that runs at midnight in `zone`.

    Where the clocks skip midnight (Santiago, Cairo, Beirut), it runs when the day begins.
    """

    @dg.schedule(
        name=schedule_name(zone),
        job=nightly_import,
        cron_schedule="0 0 * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"At midnight in {zone}: imports the files of this zone's nightly accounts "
        "that were received before it. While this schedule is stopped, their files wait; what was "
        "sent at the portal, or by an account that imports on arrival, does not.",
    )
    def at_midnight(
        context: dg.ScheduleEvaluationContext, rosterline: RosterlineResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        if is_full(rosterline.settings):
            return dg.SkipReason(said_of(rosterline.settings))
        with rosterline.connect() as connection:
            asked = ask_for_due(
                connection,
                context.instance,
                "nightly",
                rosterline.settings.max_imports_per_run,
                due_at=context.scheduled_execution_time,
                zone=zone,
            )
        if not asked.requests:
            return dg.SkipReason("no file waited for this midnight")
        # A schedule cannot return requests to add partitions, as a sensor can. To add them here
        # changes nothing but the list of partitions, also when the tick is previewed.
        context.instance.add_dynamic_partitions(PARTITIONS, asked.keys)
        return asked.requests

    return at_midnight


def stopped_zones(context: dg.SensorEvaluationContext) -> list[str]:
    """Zones whose schedule, in the sensor's own code location, somebody has stopped."""
    # An instance in memory, as engineers make one to try something, has no schedules.
    if context.instance.schedule_storage is None:
        return []
    origin = context.code_location_origin
    stopped = {
        state.instigator_name
        for state in context.instance.all_instigator_state(
            instigator_type=InstigatorType.SCHEDULE,
            instigator_statuses={InstigatorStatus.STOPPED},
        )
        if origin is None
        or state.origin.repository_origin.code_location_origin.location_name == origin.location_name
    }
    return [
        zone for zone in zones_in_use(settings_of_environment()) if schedule_name(zone) in stopped
    ]


schedules = [nightly_schedule(zone) for zone in zones_in_use(Settings())]
