"""Whether Dagster's daemon lives, and which automations are off, for the doctor.

    python -m pipelines.liveness

Prints JSON: the doctor asks a process of its own, since Dagster takes seconds to load.
"""

import json
import os
import time
from collections.abc import Mapping

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorStatus

from pipelines.keeping.assets import prune_at_night
from pipelines.notify.job import something_to_tell
from pipelines.process_environment import dagster_environment
from pipelines.schedules import schedule_name
from pipelines.sensors import sensors
from registry.accounts.accounts import list_accounts
from registry.database.connections import connect
from registry.settings import Settings

NEEDED = tuple(each.name for each in sensors)
"""Sensors without which files that came are not imported, or not answered."""
USEFUL = (something_to_tell.name, prune_at_night.name)


def parts_of_daemon(instance: dg.DagsterInstance) -> dict[str, float | None]:
    """Seconds since each part that this instance needs gave a sign of life; None for never."""
    now = time.time()
    return {
        each.daemon_type.lower(): (
            now - each.last_heartbeat.timestamp if each.last_heartbeat else None
        )
        for each in instance.get_daemon_statuses().values()
        if each.required
    }


def automations_off(instance: dg.DagsterInstance) -> list[str]:
    """Sensors and schedules that somebody has stopped."""
    states = instance.all_instigator_state(instigator_statuses={InstigatorStatus.STOPPED})
    return sorted(state.instigator_name for state in states)


def look(settings: Settings) -> Mapping[str, object]:
    """What the doctor judges: parts of the daemon, what is off, what must be on, what should."""
    with connect(settings) as connection:
        accounts = list_accounts(connection)
    nightly = {each.time_zone for each in accounts if each.cadence == "nightly"}
    os.environ.update(dagster_environment(settings))
    with dg.DagsterInstance.get() as instance:
        return {
            "parts": parts_of_daemon(instance),
            "off": automations_off(instance),
            "needed": [*NEEDED, *(schedule_name(zone) for zone in sorted(nightly))],
            "useful": USEFUL,
        }


if __name__ == "__main__":
    print(json.dumps(look(Settings())))  # noqa: T201 - for the process that asked
