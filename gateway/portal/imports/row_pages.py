"""The rows of a result page: what became of each; of each issue cell, value, what is allowed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from gateway.portal.imports.cell_references import Cells, cells_of, failed_values
from registry.landing.receive import archived_path
from registry.ledger.import_pages import (
    ROW_KINDS,
    ImportLine,
    Row,
    count_errored_until,
    list_rows,
    result_name,
)
from registry.settings import Settings
from schemas.catalogue import get_format
from schemas.errors import NotFound, StorageUnavailable

PAGE_ROWS = 50


@dataclass(frozen=True)
class ShownIssue:
    """An issue as a person reads it; what is not known is the empty string."""

    severity: str
    code: str
    cell: str
    column: str
    value: str
    message: str
    allowed: str
    example: str


@dataclass(frozen=True)
class ShownRow:
    """A row of the table."""

    line: int
    outcome: str
    patient_id: UUID | None
    issues: list[ShownIssue]


@dataclass(frozen=True)
class RowPage:
    """Some rows of one kind; `after` leads to the next page, None on the last one."""

    kind: str
    rows: list[ShownRow]
    after: int | None


def row_page(
    connection: Connection, settings: Settings, line: ImportLine, sha256: str, kind: str, after: int
) -> RowPage:
    """A page of an attempt's rows; `kind` is one of `ROW_KINDS`, else all are shown."""
    kind = kind if kind in ROW_KINDS else ""
    if line.attempt is None:
        return RowPage(kind, [], None)
    found = list_rows(connection, line.id, line.attempt, kind, after, PAGE_ROWS + 1)
    rows = found[:PAGE_ROWS]
    values = _values_by_line(connection, settings, line, rows)
    cells = _cells(settings, line, sha256)
    shown = [
        ShownRow(
            row.line,
            row.outcome,
            row.patient_id,
            [_shown(issue, cells, values.get(row.line, {})) for issue in row.issues],
        )
        for row in rows
    ]
    return RowPage(kind, shown, rows[-1].line if len(found) > PAGE_ROWS else None)


def _cells(settings: Settings, line: ImportLine, sha256: str) -> Cells:
    file_format = get_format(line.format)
    try:
        return cells_of(file_format, archived_path(settings, sha256))
    except (StorageUnavailable, OSError):
        return Cells(file_format, {})  # retention took it; lines and messages are still told


def _values_by_line(
    connection: Connection, settings: Settings, line: ImportLine, rows: list[Row]
) -> dict[int, dict[str, str]]:
    failed = [row.line for row in rows if row.outcome == "errored"]
    if not failed or line.attempt is None:
        return {}
    try:
        name = result_name(connection, line.id, line.attempt, "failed_rows")
        path = settings.results_dir / line.partition_key / name
        before = count_errored_until(connection, line.id, line.attempt, failed[0] - 1)
        found = failed_values(get_format(line.format), path, before, len(failed))
    except (NotFound, OSError):
        return {}
    return dict(zip(failed, found, strict=False))


def _shown(issue: dict[str, Any], cells: Cells, values: dict[str, str]) -> ShownIssue:
    name = issue["column_name"]
    column, value = cells.declared(name), values.get(name or "", "")
    message = issue["message"].removeprefix(f"{name}: ")
    return ShownIssue(
        severity=issue["severity"],
        code=issue["code"],
        cell=cells.name(name, issue["line"]),
        column=name or "",
        value=value,
        # The value stands in a column of its own.
        message=message.removeprefix(f"{value} ") if value else message,
        allowed=column.kind.describe if column else "",
        example=column.example if column else "",
    )
