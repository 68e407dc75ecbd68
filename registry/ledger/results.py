"""What an attempt left for its sender: issues by code, and where its result files are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.imports import FILE_LINE, Attempt, Import
from registry.settings import Settings

_SQL = Statements(__file__)

ResultKind = Literal["result", "failed_rows"]


@dataclass(frozen=True)
class IssueCount:
    """How often an attempt has an issue; `line` is the first one, 0 the file as a whole."""

    code: str
    severity: str
    count: int
    line: int
    message: str

    @property
    def where(self) -> str:
        """The line as a person reads it."""
        return "file" if self.line == FILE_LINE else str(self.line)


def count_issues(connection: Connection, attempt: Attempt) -> list[IssueCount]:
    """Issues of an attempt by code, the worst and most frequent first."""
    with connection.cursor(row_factory=class_row(IssueCount)) as cursor:
        cursor.execute(
            _SQL["count_issues"], {"import": attempt.import_id, "attempt": attempt.number}
        )
        return cursor.fetchall()


def result_path(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    kind: ResultKind,
) -> Path | None:
    """Where a result file of an attempt is; None while there is none."""
    found = connection.execute(
        "SELECT name FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s",
        (attempt.import_id, attempt.number, kind),
    ).fetchone()
    # The ledger names the file before its bytes are on the disk.
    path = settings.results_dir / imported.partition_key / found[0] if found else None
    return path if path is not None and path.exists() else None
