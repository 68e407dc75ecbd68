"""What people of an account are told of its files: counts and links, and no name of a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg import Connection

from pipelines.notify.events import Event
from registry.ledger.silent_senders import SilentSender, silent_senders
from registry.notifications.account_channels import (
    AccountChannel,
    FileEvent,
    Kind,
    list_file_events,
)
from registry.settings import Settings

TITLES: dict[Kind, str] = {
    "held": "Files that wait for a person",
    "failed": "Files that could not be imported",
    "no_file": "No file has come",
    "finished": "Files that were imported",
}
"""The kinds of messages, the most urgent first."""
DAILY = "The last 24 hours"
KINDS = (*TITLES.values(), DAILY)


def account_events(
    connection: Connection, settings: Settings, channels: Sequence[AccountChannel], now: datetime
) -> list[list[Event]]:
    """For each of these channels what there is to tell now, whether it was told or not."""
    if not channels:
        return []
    files = list_file_events(connection, now)
    silent = {each.account: each for each in silent_senders(connection)}
    return [
        [*_of_channel(each, files, silent.get(each.account), settings, now)] for each in channels
    ]


def _of_channel(
    channel: AccountChannel,
    files: Sequence[FileEvent],
    silent: SilentSender | None,
    settings: Settings,
    now: datetime,
) -> Iterator[Event]:
    own = [
        each for each in files
        if each.account_id == channel.account_id and each.kind in channel.kinds
    ]  # fmt: skip
    events = [_of_file(each, channel, settings) for each in own]
    if silent is not None and "no_file" in channel.kinds:
        events.append(_of_silence(silent))
    if not channel.daily:
        yield from events
        return
    there = now.astimezone(ZoneInfo(channel.time_zone))
    if events and there.hour >= settings.notify_digest_hour:
        said = "\n\n".join(f"{each.kind}\n{each.text}" for each in events)
        yield Event(f"daily {channel.account} {there:%Y-%m-%d}", DAILY, said)


def _of_file(each: FileEvent, channel: AccountChannel, settings: Settings) -> Event:
    local = each.at.astimezone(ZoneInfo(channel.time_zone))
    said = f"{channel.account}, {local:%Y-%m-%d %H:%M} ({channel.time_zone})"
    if each.records:
        said += (
            f": {each.records:,} rows: {each.created:,} created, {each.updated:,} updated, "
            f"{each.unchanged:,} unchanged, {each.errored:,} failed"
        )
    if each.missing:
        said += f"; {each.missing:,} patients missing from the list"
    text = f"{said}\n  {settings.api_url}/imports/{each.import_id}"
    return Event(f"{each.kind} {each.partition_key} {each.at.isoformat()}", TITLES[each.kind], text)


def _of_silence(silent: SilentSender) -> Event:
    name = f"no file {silent.account} {silent.last_at.isoformat()}"
    said = f"{silent.account}: the last file came on {silent.last_at:%Y-%m-%d}"
    return Event(f"{name} long" if silent.is_long else name, TITLES["no_file"], said)
