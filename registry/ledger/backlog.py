"""How much the ledger has to do and did lately, in numbers for metrics; cheap at any size."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ids import first_id

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Backlog:
    """Imports in a state that is not the end, and the seconds since the oldest was received."""

    state: str
    imports: int
    oldest_seconds: float


@dataclass(frozen=True)
class Entered:
    """Imports by their state now, and rows by outcome over all of their attempts that are over."""

    state: str
    imports: int
    created: int
    updated: int
    unchanged: int
    errored: int


def backlog(connection: Connection, now: datetime) -> list[Backlog]:
    """Imports that wait or are processed; it reads an index of only these."""
    with connection.cursor(row_factory=class_row(Backlog)) as cursor:
        return cursor.execute(_SQL["count_unfinished"], {"now": now}).fetchall()


def entered_in(connection: Connection, now: datetime, span: timedelta) -> list[Entered]:
    """What became of the imports of the last `span`; it reads as many rows as these have."""
    since = first_id(now - span)
    with connection.cursor(row_factory=class_row(Entered)) as cursor:
        return cursor.execute(_SQL["count_entered_since"], {"since": since}).fetchall()


def rows_written(connection: Connection) -> int:
    """Rows of imports that PostgreSQL counted since its statistics began."""
    row = connection.execute(_SQL["count_rows_written"]).fetchone()
    return int(row[0]) if row else 0
