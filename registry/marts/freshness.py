"""How far the ledger is, and so how far the marts are behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Changes:
    """What changes the marts: attempts that are over, and undos. And how many imports are at work.

    `newest` is the age of the last change by the clock of the database, `oldest` that of the first
    change after the instant asked about; None where there is none.
    """

    changes: int
    newest_at: datetime | None
    processing: int
    newest: timedelta | None
    oldest: timedelta | None


def read_changes(connection: Connection, since: datetime | None) -> Changes:
    """What changed altogether, and how long ago the first change after `since` was.

    Without `since`, `oldest` is the age of the first change of all.
    """
    with connection.cursor(row_factory=class_row(Changes)) as cursor:
        (found,) = cursor.execute(_SQL["read_changes"], {"since": since}).fetchall()
    return found
