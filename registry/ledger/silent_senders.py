"""Senders from whom a file was to be expected and none came."""

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
class Silent:
    """A nightly account that used to send; `is_long` from two weeks on."""

    account: str
    last_at: datetime
    is_long: bool


def read_silent(connection: Connection) -> list[Silent]:
    """Nightly accounts without a file for four days, the longest silent first.

    Those are left out that were never regular, with files of three days in their last two weeks,
    and those that have been silent for so long that they may have gone.
    """
    terms = {
        "expected": EXPECTED_WITHIN,
        "missed": MISSED_AFTER,
        "forgotten": FORGOTTEN_AFTER,
        "regular": REGULAR_DAYS,
    }
    with connection.cursor(row_factory=class_row(Silent)) as cursor:
        return cursor.execute(_SQL["find_silent"], terms).fetchall()
