"""Senders whose usual files stopped coming."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)

EXPECTED_WITHIN = timedelta(days=4)
"""Longer than a weekend: many send on working days only."""
MISSED_AFTER = timedelta(days=14)
FORGOTTEN_AFTER = timedelta(days=60)
REGULAR_DAYS = 3


@dataclass(frozen=True)
class SilentSender:
    """A nightly account that used to send; `is_long` from two weeks on."""

    account: str
    last_at: datetime
    is_long: bool


def silent_senders(connection: Connection) -> list[SilentSender]:
    """Nightly accounts without a file for four days, the longest silent first.

    Accounts are left out that were never regular (files on three days of their last two weeks), and
    those that have been silent for so long that they may have left.
    """
    terms = {
        "expected": EXPECTED_WITHIN,
        "missed": MISSED_AFTER,
        "forgotten": FORGOTTEN_AFTER,
        "regular": REGULAR_DAYS,
    }
    with connection.cursor(row_factory=class_row(SilentSender)) as cursor:
        return cursor.execute(_SQL["find_silent"], terms).fetchall()
