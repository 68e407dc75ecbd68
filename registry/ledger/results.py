"""What an attempt left for its sender: issues by code, and where its result files are."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.import_pages import ImportLine
from registry.ledger.imports import FILE_LINE, Attempt, Import
from registry.settings import Settings
from schemas.errors import ArchiveDamaged

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


@dataclass(frozen=True)
class ResultFile:
    """A result file as the ledger knows it; its bytes may be damaged or gone."""

    path: Path
    sha256: str
    kind: ResultKind

    @property
    def label(self) -> str:
        """What people call it."""
        return "result" if self.kind == "result" else "file of failed rows"

    def is_intact(self) -> bool:
        """Whether its bytes are those that were written."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False

    def require_intact(self) -> None:
        """Refuse to serve bytes that are not those that were written.

        Raises:
            ArchiveDamaged: they are others, or the file is gone.
        """
        if not self.is_intact():
            raise ArchiveDamaged(
                f"The {self.label} in {self.path.parent.name} is damaged or gone on our side. "
                f"`rosterline result {self.path.parent.name}` makes it again."
            )


def find_result(
    connection: Connection,
    settings: Settings,
    imported: Import | ImportLine,
    attempt: int,
    kind: ResultKind,
) -> ResultFile | None:
    """A result file of an attempt that was written to the disk; None before."""
    found = connection.execute(
        "SELECT name, sha256 FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s"
        " AND sha256 IS NOT NULL",
        (imported.id, attempt, kind),
    ).fetchone()
    if found is None:
        return None
    return ResultFile(settings.results_dir / imported.partition_key / found[0], found[1], kind)


def list_result_files(connection: Connection, settings: Settings) -> list[ResultFile]:
    """Every result file that was written, by import."""
    found = connection.execute(_SQL["list_result_files"]).fetchall()
    return [
        ResultFile(settings.results_dir / key / name, sha256, kind)
        for key, name, sha256, kind in found
    ]


def list_kept_files(connection: Connection) -> list[tuple[str, str]]:
    """(sha256, partition key of the first import) of every received file."""
    return connection.execute(_SQL["list_kept_files"]).fetchall()


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
