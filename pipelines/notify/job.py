"""Job `send_notifications` and the sensor that asks for it: a tick only reads, the run tells."""

from datetime import UTC, datetime

import dagster as dg

from assets.resources import RosterlineResource
from pipelines.notify.events import SEND_JOB, events_of
from pipelines.notify.tell import due_of_accounts, tell_accounts, tell_over
from pipelines.run_requests import ASKED_TAG, digest_of
from pipelines.runs_of_imports import not_yet_asked
from registry.database.held_locks import hold
from registry.notifications.channels import channels_of
from registry.notifications.told import due

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
        found = events_of(connection, context.instance, settings, now) if channels else []
        events = {each.name: each for each in found}
        to_tell = due(connection, list(events), [each.id for each in channels], now)
        connection.commit()
        for channel in channels:
            own = [each for each in to_tell if each.channel == channel.id]
            fault = tell_over(connection, channel, own, events, now)
            if fault is not None:
                faults[channel.name] = fault
        faults |= tell_accounts(connection, settings, now)
    if faults:
        said = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise dg.Failure(f"not told, it is tried again later: {said}", allow_retries=False)


@dg.job(
    name=SEND_JOB,
    description="Tells operators what needs a hand, over the channels of ROSTERLINE_NOTIFY_URLS, "
    "and people of accounts what became of their files, over the channels of their account. The "
    "sensor something_to_tell asks for it.",
)
def send_notifications() -> None:
    """One op; what there is to tell is in the ledger."""
    tell()


@dg.sensor(
    job=send_notifications,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks to tell operators of failures, stuck and late imports and silent senders, "
    "accounts of their files, and for the daily digest. While it is stopped, nobody is told.",
)
def something_to_tell(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a run where something is due that was not told yet."""
    settings, now = rosterline.settings, datetime.now(UTC)
    channels = channels_of(settings)
    with rosterline.connect() as connection:
        of_accounts = due_of_accounts(connection, settings, now)
        if not channels and not of_accounts:
            return dg.SkipReason("ROSTERLINE_NOTIFY_URLS is not set: nobody is told but accounts")
        # Runs of Dagster are looked up for operators only.
        found = events_of(connection, context.instance, settings, now) if channels else []
        names = [each.name for each in found]
        to_tell = due(connection, names, [each.id for each in channels], now)
        to_tell += [each for _, _, own in of_accounts for each in own]
    if not to_tell:
        return dg.SkipReason("there is nothing to tell, or it was told")
    name = f"tell {digest_of(f'{each.event} {each.channel} {each.tries}' for each in to_tell)}"
    request = dg.RunRequest(run_key=name, tags={ASKED_TAG: name})
    return dg.SensorResult(run_requests=not_yet_asked(context.instance, [request]))
