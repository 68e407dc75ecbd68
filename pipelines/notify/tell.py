"""Telling what is due over channels: those of operators, and those of accounts."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection

from pipelines.notify.account_events import KINDS as KINDS_OF_ACCOUNTS
from pipelines.notify.account_events import account_events
from pipelines.notify.events import DIGEST, KINDS, Event
from pipelines.notify.messages import body_of, by_kind, digest_of_night, title_of
from registry.ledger.night_report import read_night
from registry.notifications.account_channels import AccountChannel, list_channels
from registry.notifications.channels import ACCOUNT_CHANNEL, Channel, channel_of_account
from registry.notifications.told import Due, due, note
from registry.settings import Settings
from schemas.errors import NotAllowed


def tell_accounts(connection: Connection, settings: Settings, now: datetime) -> dict[str, str]:
    """Tell people of accounts what is due; why channels did not take it, by account and name."""
    faults = {}
    for of, events, to_tell in due_of_accounts(connection, settings, now):
        try:
            channel = channel_of_account(settings, of)
        except NotAllowed as error:
            note(connection, to_tell, now, error.said)
            connection.commit()
            fault: str | None = error.said
        else:
            named = {each.name: each for each in events}
            fault = tell_over(connection, channel, to_tell, named, now, KINDS_OF_ACCOUNTS)
        if fault is not None:
            faults[f"{of.account}, {of.name}"] = fault
    return faults


def due_of_accounts(
    connection: Connection, settings: Settings, now: datetime
) -> list[tuple[AccountChannel, list[Event], list[Due]]]:
    """The channels of accounts over which something is to be told now."""
    channels = list_channels(connection)
    found = []
    for of, events in zip(
        channels, account_events(connection, settings, channels, now), strict=True
    ):
        names = [each.name for each in events]
        to_tell = due(connection, names, [f"{ACCOUNT_CHANNEL}{of.id}"], now)
        if to_tell:
            found.append((of, events, to_tell))
    return found


def tell_over(
    connection: Connection,
    channel: Channel,
    to_tell: Sequence[Due],
    events: dict[str, Event],
    now: datetime,
    kinds: Sequence[str] = KINDS,
) -> str | None:
    """Send a message for each kind, and commit; the last reason why one was not taken."""
    last = None
    dues = {each.event: each for each in to_tell}
    for kind, own in by_kind([events[name] for name in dues], kinds):
        is_digest = kind == DIGEST
        body = digest_of_night(read_night(connection)) if is_digest else body_of(own)
        fault = channel.send(title_of(kind, own), body)
        note(connection, [dues[each.name] for each in own], now, fault)
        # What was told is remembered at once: it must not be told again if this process ends.
        connection.commit()
        last = fault or last
    return last
