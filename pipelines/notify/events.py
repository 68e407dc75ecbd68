"""What operators are told of: read from the ledger and from Dagster's runs, as of now.

Each event has a name that stays the same for as long as it goes on, so that it is told once. Texts
have accounts, partitions, codes and counts; no name of a file and no value of a patient.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
from psycopg import Connection

from pipelines.health_checks import advice
from pipelines.runs_of_imports import is_of_imports
from registry.ledger.lateness import late_files
from registry.ledger.night_report import NIGHT, Trouble, read_troubles
from registry.ledger.silent_senders import silent_senders
from registry.ledger.states import HELD
from registry.settings import Settings

FAILED = "Files that could not be imported"
STUCK = "Imports that are stuck"
HELD_FILES = "Files that wait for a person"
LATE = "Imports that are late"
SILENT = "Senders that are silent"
RUNS = "Runs that failed for good"
DIGEST = "Daily digest"
KINDS = (STUCK, HELD_FILES, LATE, FAILED, RUNS, SILENT, DIGEST)

SEND_JOB = "send_notifications"


@dataclass(frozen=True)
class Event:
    """Something that operators are told once; `text` is a line, or two, of a message."""

    name: str
    kind: str
    text: str = ""


def events_of(
    connection: Connection, instance: dg.DagsterInstance, settings: Settings, now: datetime
) -> list[Event]:
    """All that there is to tell now, whether it was told or not."""
    return [
        *(_of_trouble(each, settings) for each in read_troubles(connection)),
        *_late(connection, settings, now),
        *_failed_runs(instance, settings, now),
        *_silent(connection),
        *_digest(settings, now),
    ]


def _of_trouble(trouble: Trouble, settings: Settings) -> Event:
    reason, remedy = advice(trouble)
    link = f"{settings.api_url}/imports/{trouble.import_id}"
    name, kind = {"failed": ("failed", FAILED), HELD: ("held", HELD_FILES)}.get(
        trouble.state, ("stuck", STUCK)
    )
    return Event(
        f"{name} {trouble.key} {trouble.since.isoformat()}",
        kind,
        f"{trouble.account}, {trouble.key}: {reason}\n  {remedy}\n  {link}",
    )


def _late(connection: Connection, settings: Settings, now: datetime) -> Iterator[Event]:
    for each in late_files(connection, now, timedelta(hours=settings.notify_late_hours)):
        text = f"{each.account}: {each.files} files due {each.since.astimezone(UTC):%Y-%m-%d %H:%M}"
        yield Event(f"late {each.account} {each.day}", LATE, f"{text} UTC are not imported yet")


def _silent(connection: Connection) -> Iterator[Event]:
    for each in silent_senders(connection):
        name = f"silent {each.account} {each.last_at.isoformat()}"
        since = f"{each.account}: the last file came on {each.last_at:%Y-%m-%d}"
        yield Event(f"{name} long" if each.is_long else name, SILENT, since)


def _failed_runs(
    instance: dg.DagsterInstance, settings: Settings, now: datetime
) -> Iterator[Event]:
    """Runs without a retry to come, of other jobs: the ledger has what became of imports."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=now - NIGHT)
    for run in instance.get_runs(failed):
        will_retry = run.tags.get("dagster/will_retry") == "true"
        if not will_retry and not is_of_imports(run) and run.job_name != SEND_JOB:
            text = f"{run.job_name}: {settings.run_url}/{run.run_id}"
            yield Event(f"run {run.run_id}", RUNS, text)


def _digest(settings: Settings, now: datetime) -> Iterator[Event]:
    there = now.astimezone(ZoneInfo(settings.notify_time_zone))
    if there.hour >= settings.notify_digest_hour:
        yield Event(f"digest {there:%Y-%m-%d}", DIGEST)
