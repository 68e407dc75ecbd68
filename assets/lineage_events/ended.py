"""The content of events about an attempt that is over: counts and codes from the ledger."""

from dataclasses import dataclass, replace

from psycopg import Connection

from assets.attempt_work import AttemptWork
from registry.ledger.imports import list_attempts
from registry.ledger.results import find_stored_result
from registry.store import Stored


@dataclass(frozen=True)
class IssueCount:
    """How often an issue occurs in an attempt; `slot` is its column, None for an unknown column."""

    code: str
    severity: str
    slot: str | None
    count: int


@dataclass(frozen=True)
class Ended:
    """An attempt that is over.

    `database` is OpenLineage's name of the registry, (`postgres://host:port`, database);
    `result` is the sender's result file, None if there is none.
    """

    work: AttemptWork
    issues: tuple[IssueCount, ...]
    database: tuple[str, str]
    result: Stored | None


def read_ended(connection: Connection, work: AttemptWork) -> Ended:
    """Read the work's attempt from the ledger, with its issue counts and its result file."""
    number = work.attempt.number
    (attempt,) = (a for a in list_attempts(connection, work.imported.id) if a.number == number)
    issues = connection.execute(
        "SELECT code, severity::text, slot, count(*)::int FROM row_issue"
        " WHERE import_id = %s AND attempt = %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (work.imported.id, number),
    ).fetchall()
    return Ended(
        replace(work, attempt=attempt),
        tuple(IssueCount(*issue) for issue in issues),
        _database(connection),
        find_stored_result(connection, work.settings, work.imported, attempt, "result"),
    )


def _database(connection: Connection) -> tuple[str, str]:
    """The name by OpenLineage's conventions; a socket, as of the embedded server, is localhost."""
    host = connection.info.host
    host = "localhost" if not host or host.startswith("/") else host
    return f"postgres://{host}:{connection.info.port}", connection.info.dbname
