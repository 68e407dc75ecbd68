"""How far the ledger is, and so how far the marts are behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Finished:
    """How many attempts finished, when the last one did, and how many imports are being processed.

    `oldest` is the age, by the clock of the database, of the first attempt that finished after the
    instant asked about; None where none did.
    """

    attempts: int
    newest_at: datetime | None
    processing: int
    oldest: timedelta | None


def read_finished(connection: Connection, since: datetime | None) -> Finished:
    """What finished altogether, and how long ago the first attempt after `since` did.

    Without `since`, `oldest` is the age of the first attempt of all.
    """
    with connection.cursor(row_factory=class_row(Finished)) as cursor:
        (found,) = cursor.execute(_SQL["read_finished"], {"since": since}).fetchall()
    return found
