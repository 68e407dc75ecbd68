"""Imports and rows for pages of the portal, a page at a time.

A page begins after the last entry of the one before, never at an offset, so that page 2,000 costs
what page 1 does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from registry.database.statements import Statements
from registry.ledger.moves import IMPORT_RESTS
from schemas.errors import NotFound

_SQL = Statements(__file__)


@dataclass(frozen=True)
class ImportLine:
    """An import as lists show it; counts and times are those of its latest attempt, if any.

    An archive that was unpacked has the counts of its `members` together, of which `members_open`
    are not over, and others failed or were cancelled as a whole. A member's archive is `parent_id`.
    """

    id: UUID
    partition_key: str
    format: str
    source: str
    file_name: str
    byte_count: int
    received_at: datetime
    dry_run: bool
    state: str
    reason: str | None
    attempt: int | None
    run_id: str | None
    started_at: datetime | None
    finished_at: datetime | None
    fault_code: str | None
    records: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    errored: int | None
    missing: int | None
    user_name: str | None
    check_id: UUID | None
    is_undone: bool
    parent_id: UUID | None
    members: int | None
    members_open: int | None
    members_failed: int | None
    members_cancelled: int | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in IMPORT_RESTS and not self.members_open

    @property
    def seconds(self) -> float | None:
        """How long its latest attempt took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class ImportFilter:
    """Which imports a list shows: `text` is part of a file's name, `after` the last one shown.

    `kind` is `imports`, `checks`, or empty for both. A check that an import followed is one entry
    with it. So are the members of an archive, unless imports of a name or a state are looked for.
    """

    text: str = ""
    state: str = ""
    source: str = ""
    kind: str = ""
    after: tuple[datetime, UUID] | None = None


def list_imports(
    connection: Connection, account_id: int, wanted: ImportFilter, count: int
) -> list[ImportLine]:
    """The account's imports, the newest received first."""
    received_at, last_id = wanted.after or (None, None)
    with connection.cursor(row_factory=class_row(ImportLine)) as cursor:
        return cursor.execute(
            _SQL["import_lines"].format(conditions=_conditions(wanted)),
            {
                "account": account_id,
                "state": wanted.state,
                "source": wanted.source,
                "text": wanted.text,
                "at": received_at,
                "id": last_id,
                "count": count,
            },
        ).fetchall()


_NOT_FOLLOWED = (
    "NOT EXISTS (SELECT FROM submission AS followed WHERE followed.check_id = import.id)"
)


def _conditions(wanted: ImportFilter) -> str:
    """The filters that are set, as SQL.

    Example:
        With `state` only: `import.state = %(state)s`, and that no import followed.
    """
    conditions = {
        _NOT_FOLLOWED: True,
        "import.parent_id IS NULL": not (wanted.text or wanted.state),
        "NOT import.dry_run": wanted.kind == "imports",
        "import.dry_run": wanted.kind == "checks",
        "import.state = %(state)s": wanted.state,
        "import.source = %(source)s": wanted.source,
        "position(lower(%(text)s) IN lower(import.file_name)) > 0": wanted.text,
        "(import.received_at, import.id) < (%(at)s, %(id)s)": wanted.after,
    }
    return " AND ".join(sql for sql, is_set in conditions.items() if is_set)


def list_members(connection: Connection, account_id: int, archive_id: UUID) -> list[ImportLine]:
    """The members of an archive, in their order."""
    with connection.cursor(row_factory=class_row(ImportLine)) as cursor:
        found = cursor.execute(
            _SQL["import_lines"].format(conditions="import.parent_id = %(id)s"),
            {"account": account_id, "id": archive_id, "count": None},
        ).fetchall()
    return found[::-1]


def get_line(connection: Connection, account_id: int, import_id: UUID) -> ImportLine:
    """One import of the account.

    Raises:
        NotFound: there is none.
    """
    with connection.cursor(row_factory=class_row(ImportLine)) as cursor:
        found = cursor.execute(
            _SQL["import_lines"].format(conditions="import.id = %(id)s"),
            {"account": account_id, "id": import_id, "count": 1},
        ).fetchone()
    if found is None:
        raise NotFound("there is no such import")
    return found


@dataclass(frozen=True)
class Row:
    """A row of a file, with its issues: line, code, severity, column_name, slot, message."""

    line: int
    outcome: str
    patient_id: UUID | None
    issues: list[dict[str, Any]]


_KINDS = {
    "": "",
    "created": "AND outcome = 'created'",
    "updated": "AND outcome = 'updated'",
    "unchanged": "AND outcome = 'unchanged'",
    "errored": "AND outcome = 'errored'",
    "warnings": "AND outcome <> 'errored' AND EXISTS ("
    "SELECT 1 FROM row_issue WHERE row_issue.import_id = import_row.import_id"
    " AND row_issue.attempt = import_row.attempt AND row_issue.line = import_row.line"
    " AND row_issue.severity = 'warning')",
}
ROW_KINDS = tuple(_KINDS)


def list_rows(
    connection: Connection, import_id: UUID, attempt: int, kind: str, after: int, count: int
) -> list[Row]:
    """Rows after a line, in the file's order, of one of `ROW_KINDS`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "SELECT line, outcome::text, patient_id FROM import_row"
            f" WHERE import_id = %s AND attempt = %s AND line > %s {_KINDS[kind]}"
            " ORDER BY line LIMIT %s",
            (import_id, attempt, after, count),
        ).fetchall()
    by_line = issues_of_lines(connection, import_id, attempt, [each["line"] for each in found])
    return [Row(**each, issues=by_line.get(each["line"], [])) for each in found]


def issues_of_lines(
    connection: Connection, import_id: UUID, attempt: int, lines: list[int]
) -> dict[int, list[dict[str, Any]]]:
    """The issues of these lines, as `Row` has them, by line."""
    about = {"import": import_id, "attempt": attempt, "lines": lines}
    by_line: dict[int, list[dict[str, Any]]] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for issue in cursor.execute(_SQL["list_row_issues"], about):
            by_line.setdefault(issue["line"], []).append(issue)
    return by_line


def count_warned(connection: Connection, import_id: UUID, attempt: int) -> int:
    """How many rows are loaded with a warning."""
    about = {"import": import_id, "attempt": attempt}
    row = connection.execute(_SQL["count_warned"], about).fetchone()
    return int(row[0]) if row else 0


def count_errored_until(connection: Connection, import_id: UUID, attempt: int, line: int) -> int:
    """How many rows up to this line failed: their place in the file of failed rows."""
    row = connection.execute(
        "SELECT count(*) FROM import_row WHERE import_id = %s AND attempt = %s AND line <= %s"
        " AND outcome = 'errored'",
        (import_id, attempt, line),
    ).fetchone()
    return int(row[0]) if row else 0


def count_issues(connection: Connection, import_id: UUID, attempt: int) -> list[dict[str, Any]]:
    """Issues by code, the worst and most frequent first: code, severity, count."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT code, severity::text, count(*)::int AS count FROM row_issue"
            " WHERE import_id = %s AND attempt = %s"
            " GROUP BY code, severity ORDER BY row_issue.severity, count(*) DESC, code",
            (import_id, attempt),
        ).fetchall()


def list_stages(connection: Connection, import_id: UUID, attempt: int) -> dict[str, float]:
    """Seconds of each stage that is done."""
    return dict(
        connection.execute(
            "SELECT stage, seconds FROM attempt_stage WHERE import_id = %s AND attempt = %s",
            (import_id, attempt),
        ).fetchall()
    )


@dataclass(frozen=True)
class AccountLine:
    """An account as operators see it: what is unfinished, and what came in the last seven days."""

    name: str
    format: str
    time_zone: str
    cadence: str
    unfinished: int
    recent: int
    failed: int


def account_lines(connection: Connection) -> list[AccountLine]:
    """All accounts, by name. It reads all accounts, so it runs without row-level security."""
    with connection.cursor(row_factory=class_row(AccountLine)) as cursor:
        return cursor.execute(_SQL["account_lines"]).fetchall()
