"""What a user of the portal finds on the desk: what came lately, why it failed, what waits.

Only imports of the last week are looked at, so that the cost does not grow with the history.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.import_pages import ImportLine
from registry.ledger.let_through import HELD
from registry.ledger.night_report import NIGHT
from schemas.catalogue import get_format

_SQL = Statements(__file__)

WEEK = timedelta(days=7)
"""An import that was received longer ago is no news, even if it ended in the last night."""

_IS_RECENT = (
    "NOT import.dry_run AND import.received_at > %(week)s"
    " AND (import.received_at > %(since)s OR latest.finished_at > %(since)s)"
)
_IS_WHOLE = "import.parent_id IS NULL"
"""Members of an archive are one entry with it."""
_IS_EARLIER = (
    "NOT import.dry_run AND import.received_at <= %(since)s"
    " AND (import.received_at > %(week)s AND latest.finished_at > %(since)s) IS NOT TRUE"
)
_IS_HELD = (
    "(import.state = 'held' OR import.received_at > %(week)s"
    " AND import.state = 'failed' AND latest.fault_code = %(held)s"
    " AND NOT EXISTS (SELECT FROM submission AS further"
    " WHERE further.account_id = import.account_id"
    " AND further.token = 'again ' || import.id::text))"
)
_IS_OPEN_CHECK = (
    "import.received_at > %(week)s AND import.dry_run AND import.parent_id IS NULL"
    " AND submission.user_name = %(user)s"
    " AND (import.state = 'completed' AND latest.errored < latest.records"
    " OR inside.open = 0 AND inside.errored < inside.records)"
    " AND NOT EXISTS (SELECT FROM submission AS further WHERE further.check_id = import.id)"
)


@dataclass(frozen=True)
class RecentCounts:
    """Imports of the last night and their rows; `under_way` wait or are processed."""

    files: int
    failed: int
    under_way: int
    records: int
    created: int
    updated: int
    unchanged: int
    errored: int


@dataclass(frozen=True)
class FaultCount:
    """How many rows failed for one reason; `import_id` is an import that has such a row."""

    code: str
    slot: str | None
    format: str
    rows: int
    import_id: UUID

    @property
    def column(self) -> str | None:
        """The column as its format names it; None for a fault of the whole row."""
        return None if self.slot is None else get_format(self.format).label_of(self.slot)


def count_recent(connection: Connection, account_id: int, now: datetime) -> RecentCounts:
    """Imports that came or ended in the 24 hours before `now`; checks are no imports."""
    statement = _SQL["count_recent"].format(is_recent=_IS_RECENT)
    with connection.cursor(row_factory=class_row(RecentCounts)) as cursor:
        return cursor.execute(statement, _about(account_id, now)).fetchall()[0]


def count_recent_faults(
    connection: Connection, account_id: int, now: datetime, count: int
) -> list[FaultCount]:
    """Why rows of these imports failed, the most frequent reasons first."""
    statement = _SQL["count_recent_faults"].format(is_recent=_IS_RECENT)
    with connection.cursor(row_factory=class_row(FaultCount)) as cursor:
        return cursor.execute(statement, _about(account_id, now) | {"count": count}).fetchall()


def list_recent(
    connection: Connection, account_id: int, now: datetime, count: int
) -> list[ImportLine]:
    """These imports, the newest first."""
    return _lines(
        connection, f"{_IS_RECENT} AND {_IS_WHOLE}", _about(account_id, now) | {"count": count}
    )


def list_earlier(
    connection: Connection, account_id: int, now: datetime, count: int
) -> list[ImportLine]:
    """The imports before these, the newest first."""
    return _lines(
        connection, f"{_IS_EARLIER} AND {_IS_WHOLE}", _about(account_id, now) | {"count": count}
    )


def list_failed(
    connection: Connection, account_id: int, now: datetime, count: int
) -> list[ImportLine]:
    """Those of these imports that failed as a whole, the newest first."""
    condition = f"{_IS_RECENT} AND import.state = 'failed'"
    return _lines(connection, condition, _about(account_id, now) | {"count": count})


def list_held(
    connection: Connection, account_id: int, now: datetime, count: int
) -> list[ImportLine]:
    """Files that wait for a person; of those with too many changed identities, the last week's."""
    return _lines(connection, _IS_HELD, _about(account_id, now) | {"held": HELD, "count": count})


def list_open_checks(
    connection: Connection, account_id: int, user_name: str, now: datetime, count: int
) -> list[ImportLine]:
    """The user's checks of the last week that no import followed and that have rows to import."""
    about = _about(account_id, now) | {"user": user_name, "count": count}
    return _lines(connection, _IS_OPEN_CHECK, about)


def _about(account_id: int, now: datetime) -> dict[str, object]:
    return {"account": account_id, "since": now - NIGHT, "week": now - WEEK}


def _lines(connection: Connection, condition: str, about: dict[str, object]) -> list[ImportLine]:
    statement = _SQL["import_lines"].format(conditions=condition)
    with connection.cursor(row_factory=class_row(ImportLine)) as cursor:
        return cursor.execute(statement, about).fetchall()
