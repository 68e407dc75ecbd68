"""What operators were told: each event once over each channel.

A channel that is down is tried again after longer and longer pauses, for a day. Only a process that
is killed between a channel's answer and the commit tells an event twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)

PAUSES = (60, 300, 900, 3600, 7200)
"""Seconds before each further try; the last one repeats."""

GIVE_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """An event that is to be told over a channel now, after so many tries in vain."""

    event: str
    channel: str
    tries: int


@dataclass(frozen=True)
class SilentChannel:
    """A channel whose newest try failed: why, and how many events wait or were given up."""

    channel: str
    fault: str
    waiting: int
    given_up: int


def due(
    connection: Connection, events: Sequence[str], channels: Sequence[str], now: datetime
) -> list[Due]:
    """Which of these events are to be told over which of these channels now, in order."""
    if not events or not channels:
        return []
    terms = {"events": list(events), "channels": list(channels), "now": now}
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(_SQL["list_due"], terms).fetchall()


def note(
    connection: Connection, told: Sequence[Due], now: datetime, fault: str | None = None
) -> None:
    """Remember that a channel took these events, or why it did not; the caller commits."""
    tries = [
        {
            "event": each.event,
            "channel": each.channel,
            "now": now,
            "next": now + timedelta(seconds=PAUSES[min(each.tries, len(PAUSES) - 1)]),
            "given_up": now - GIVE_UP_AFTER,
            "fault": fault,
        }
        for each in told
    ]
    connection.cursor().executemany(_SQL["note_try"], tries)


def silent_channels(connection: Connection, channels: Sequence[str]) -> list[SilentChannel]:
    """Of these channels, those whose newest try failed."""
    with connection.cursor(row_factory=class_row(SilentChannel)) as cursor:
        return cursor.execute(_SQL["find_silent_channels"], {"channels": list(channels)}).fetchall()
