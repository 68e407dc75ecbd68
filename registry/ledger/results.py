"""What an attempt left for its sender: issues by code, and where its result files are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.import_pages import ImportLine
from registry.ledger.imports import FILE_LINE, Attempt, Import
from registry.settings import Settings
from registry.store import Store, Stored, store_of
from registry.store.durable_files import digest

_SQL = Statements(__file__)

ResultKind = Literal["result", "failed_rows", "failed_workbook"]

_LABELS: dict[ResultKind, str] = {
    "result": "result",
    "failed_rows": "file of failed rows",
    "failed_workbook": "workbook of failed rows",
}


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

    store: Store
    key: str
    sha256: str
    kind: ResultKind

    @property
    def name(self) -> str:
        """The file's name, which holds what the sender called theirs."""
        return self.key.rpartition("/")[2]

    @property
    def partition_key(self) -> str:
        """The partition key of its import."""
        return self.key.split("/")[1]

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self.kind]

    def intact_path(self) -> Path | None:
        """A file of this machine with the bytes that were written; None: they are others, or gone.

        Raises:
            OSError: the store cannot be read.
        """
        try:
            path = self.store.file(self.key, self.sha256)
            return path if digest(path) == self.sha256 else None
        except FileNotFoundError:
            return None


def result_key(partition_key: str, name: str) -> str:
    """The key under which the store holds an import's result file."""
    return f"results/{partition_key}/{name}"


def find_result(
    connection: Connection,
    settings: Settings,
    imported: Import | ImportLine,
    attempt: int,
    kind: ResultKind,
) -> ResultFile | None:
    """A result file of an attempt that was written for good; None before."""
    found = connection.execute(
        "SELECT name, sha256 FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s"
        " AND sha256 IS NOT NULL",
        (imported.id, attempt, kind),
    ).fetchone()
    if found is None:
        return None
    name, sha256 = found
    return ResultFile(store_of(settings), result_key(imported.partition_key, name), sha256, kind)


def list_result_files(connection: Connection, settings: Settings) -> list[ResultFile]:
    """Every result file that was written and is not so old that it may be pruned, by import."""
    days = settings.keep_results_days
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    found = connection.execute(_SQL["list_result_files"], {"since": since}).fetchall()
    return [
        ResultFile(store_of(settings), result_key(key, name), sha256, kind)
        for key, name, sha256, kind in found
    ]


def list_kept_files(connection: Connection) -> list[tuple[str, str]]:
    """(sha256, partition key of the first import) of every received file."""
    return connection.execute(_SQL["list_kept_files"]).fetchall()


def find_stored_result(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    kind: ResultKind,
) -> Stored | None:
    """A result file of an attempt as the store has it; None while there is none.

    Raises:
        OSError: the store does not answer.
    """
    found = connection.execute(
        "SELECT name FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s",
        (attempt.import_id, attempt.number, kind),
    ).fetchone()
    # The ledger names the file before its bytes are there.
    return store_of(settings).find(result_key(imported.partition_key, found[0])) if found else None
