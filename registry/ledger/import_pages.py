"""What pages read of the ledger: imports and rows, a page at a time, by where the last one ended.

Never by offset: page 2,000 costs what page 1 does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from schemas.errors import NotFound


@dataclass(frozen=True)
class ImportLine:
    """An import as lists show it; counts and times are those of its latest attempt, if any."""

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
    user_name: str | None
    check_id: UUID | None
    is_undone: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in ("waiting", "processing")

    @property
    def seconds(self) -> float | None:
        """How long its latest attempt took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class Wanted:
    """Which imports a list shows: `text` is part of a file's name, `after` the last one shown."""

    text: str = ""
    state: str = ""
    source: str = ""
    after: tuple[datetime, UUID] | None = None


_SELECT = """
SELECT i.id, i.partition_key, i.format, i.source, i.file_name, i.byte_count, i.received_at,
    i.dry_run, i.state, i.reason, a.number AS attempt, a.run_id, a.started_at, a.finished_at,
    a.fault_code, a.records, a.created, a.updated, a.unchanged, a.errored, s.user_name, s.check_id,
    EXISTS (SELECT FROM undone_attempt u WHERE u.import_id = i.id) AND NOT EXISTS (
        SELECT FROM attempt n WHERE n.import_id = i.id AND n.state IN ('applied', 'finished')
            AND NOT EXISTS (SELECT FROM undone_attempt u
                WHERE u.import_id = n.import_id AND u.attempt = n.number)) AS is_undone
FROM import i
LEFT JOIN LATERAL (
    SELECT * FROM attempt WHERE import_id = i.id ORDER BY number DESC LIMIT 1
) a ON true
LEFT JOIN submission s ON s.import_id = i.id
"""


def list_imports(
    connection: Connection, account_id: int, wanted: Wanted, count: int
) -> list[ImportLine]:
    """The account's imports, the newest received first."""
    received_at, last_id = wanted.after or (None, None)
    with connection.cursor(row_factory=class_row(ImportLine)) as cursor:
        return cursor.execute(
            f"{_SELECT} WHERE i.account_id = %(account)s"
            " AND (%(state)s = '' OR i.state = %(state)s)"
            " AND (%(source)s = '' OR i.source = %(source)s)"
            " AND (%(text)s = '' OR position(lower(%(text)s) IN lower(i.file_name)) > 0)"
            " AND (%(at)s::timestamptz IS NULL OR (i.received_at, i.id) < (%(at)s, %(id)s))"
            " ORDER BY i.received_at DESC, i.id DESC LIMIT %(count)s",
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


def get_line(connection: Connection, account_id: int, import_id: UUID) -> ImportLine:
    """One import of the account.

    Raises:
        NotFound: there is none.
    """
    with connection.cursor(row_factory=class_row(ImportLine)) as cursor:
        found = cursor.execute(
            f"{_SELECT} WHERE i.account_id = %s AND i.id = %s", (account_id, import_id)
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
    "warnings": "AND outcome <> 'errored' AND EXISTS (SELECT FROM row_issue w WHERE"
    " w.import_id = r.import_id AND w.attempt = r.attempt AND w.line = r.line"
    " AND w.severity = 'warning')",
}
ROW_KINDS = tuple(_KINDS)


def list_rows(
    connection: Connection, import_id: UUID, attempt: int, kind: str, after: int, count: int
) -> list[Row]:
    """Rows after a line, in the file's order, of one of `ROW_KINDS`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "SELECT line, outcome::text, patient_id FROM import_row r"
            f" WHERE import_id = %s AND attempt = %s AND line > %s {_KINDS[kind]}"
            " ORDER BY line LIMIT %s",
            (import_id, attempt, after, count),
        ).fetchall()
        issues = cursor.execute(
            "SELECT line, code, severity::text, column_name, slot, message FROM row_issue"
            " WHERE import_id = %s AND attempt = %s AND line = ANY(%s) ORDER BY line, ordinal",
            (import_id, attempt, [each["line"] for each in found]),
        ).fetchall()
    by_line: dict[int, list[dict[str, Any]]] = {}
    for issue in issues:
        by_line.setdefault(issue["line"], []).append(issue)
    return [Row(**each, issues=by_line.get(each["line"], [])) for each in found]


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


def result_name(connection: Connection, import_id: UUID, attempt: int, kind: str) -> str:
    """The name of a result file that is durable.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(
        "SELECT name FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s"
        " AND sha256 IS NOT NULL",
        (import_id, attempt, kind),
    ).fetchone()
    if row is None:
        raise NotFound("there is no such file")
    return str(row[0])


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
    """All accounts, by name. It looks across accounts, so it runs outside the walls."""
    with connection.cursor(row_factory=class_row(AccountLine)) as cursor:
        return cursor.execute(
            "SELECT a.name, a.format, a.time_zone, a.cadence,"
            " (SELECT count(*) FROM import i WHERE i.account_id = a.id"
            "   AND i.state IN ('waiting', 'processing')) AS unfinished,"
            " count(i.id) AS recent, count(i.id) FILTER (WHERE i.state = 'failed') AS failed"
            " FROM account a LEFT JOIN import i ON i.account_id = a.id"
            "  AND i.received_at > now() - interval '7 days'"
            " GROUP BY a.id ORDER BY a.name"
        ).fetchall()
