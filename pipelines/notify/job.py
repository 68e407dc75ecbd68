"""Job `send_notifications` and the sensor that asks for it: a tick only reads, the run tells."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
from psycopg import Connection

from assets.resources import RosterlineResource
from pipelines.notify.channels import Channel, channels_of
from pipelines.notify.events import DIGEST, SEND_JOB, Event, events_of
from pipelines.notify.messages import body_of, by_kind, digest_of_night, title_of
from pipelines.run_requests import ASKED_TAG, digest_of
from pipelines.runs_of_imports import not_yet_asked
from registry.database.held_locks import hold
from registry.ledger.night_report import read_night
from registry.notifications.told import Due, due, note

LOCK = "rosterline notifications"


@dg.op
def tell(context: dg.OpExecutionContext, rosterline: RosterlineResource) -> None:
    """Tell what is due over each channel; fails where a channel did not take it."""
    settings, now = rosterline.settings, datetime.now(UTC)
    channels = channels_of(settings)
    faults = {}
    with rosterline.connect() as connection:
        if not hold(connection, LOCK):
            context.log.info("another run tells it")
            return
        events = {
            each.name: each for each in events_of(connection, context.instance, settings, now)
        }
        to_tell = due(connection, list(events), [each.id for each in channels], now)
        connection.commit()
        for channel in channels:
            own = [each for each in to_tell if each.channel == channel.id]
            fault = _tell(connection, channel, own, events, now)
            if fault is not None:
                faults[channel.name] = fault
    if faults:
        said = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise dg.Failure(f"not told, it is tried again later: {said}", allow_retries=False)


def _tell(
    connection: Connection,
    channel: Channel,
    to_tell: Sequence[Due],
    events: dict[str, Event],
    now: datetime,
) -> str | None:
    """Send a message for each kind; the last reason why the channel did not take one."""
    last = None
    dues = {each.event: each for each in to_tell}
    for kind, own in by_kind([events[name] for name in dues]):
        is_digest = kind == DIGEST
        body = digest_of_night(read_night(connection)) if is_digest else body_of(own)
        fault = channel.send(title_of(kind, own), body)
        note(connection, [dues[each.name] for each in own], now, fault)
        # What was told is remembered at once: it must not be told again if this process ends.
        connection.commit()
        last = fault or last
    return last


@dg.job(
    name=SEND_JOB,
    description="Tells operators what needs a hand, over the channels of ROSTERLINE_NOTIFY_URLS. "
    "The sensor something_to_tell asks for it.",
)
def send_notifications() -> None:
    """One op; what there is to tell is in the ledger."""
    tell()


@dg.sensor(
    job=send_notifications,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks to tell operators of failures, stuck and late imports and silent senders, "
    "and for the daily digest. While it is stopped, nobody is told.",
)
def something_to_tell(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a run where something is due that was not told yet."""
    settings, now = rosterline.settings, datetime.now(UTC)
    channels = channels_of(settings)
    if not channels:
        return dg.SkipReason("ROSTERLINE_NOTIFY_URLS is not set: nobody is told")
    with rosterline.connect() as connection:
        names = [each.name for each in events_of(connection, context.instance, settings, now)]
        to_tell = due(connection, names, [each.id for each in channels], now)
    if not to_tell:
        return dg.SkipReason("there is nothing to tell, or it was told")
    name = f"tell {digest_of(f'{each.event} {each.channel} {each.tries}' for each in to_tell)}"
    request = dg.RunRequest(run_key=name, tags={ASKED_TAG: name})
    return dg.SensorResult(run_requests=not_yet_asked(context.instance, [request]))
