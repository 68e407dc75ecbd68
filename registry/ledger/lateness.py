"""Accounts whose files are not imported long after they were due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)


@dataclass(frozen=True)
class LateFiles:
    """How many files of an account, due on a day of its own zone, are not over yet."""

    account: str
    day: date
    files: int
    since: datetime


def late_files(connection: Connection, now: datetime, late: timedelta) -> list[LateFiles]:
    """Files that are not over so long after they were due, the longest first."""
    with connection.cursor(row_factory=class_row(LateFiles)) as cursor:
        return cursor.execute(_SQL["find_late"], {"now": now, "late": late}).fetchall()
