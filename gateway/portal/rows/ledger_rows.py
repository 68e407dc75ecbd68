"""The rows of an import as ledger and failed rows tell them: outcomes, and the cell of each issue.

The grid shows them where the rows themselves are not kept.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from gateway.portal.rows.cell_references import Cells
from registry.landing.layouts import layout_of
from registry.ledger.import_pages import (
    ROW_KINDS,
    ImportLine,
    Row,
    count_errored_until,
    list_rows,
)
from registry.ledger.results import find_result
from registry.settings import Settings
from rosters.failed_rows import read_failed_cells
from schemas.catalogue import get_format
from schemas.errors import FileFault, StorageUnavailable

PAGE_ROWS = 50


@dataclass(frozen=True)
class ShownIssue:
    """An issue as a person reads it; a field that is not known is the empty string."""

    severity: str
    code: str
    cell: str
    column: str
    value: str
    message: str
    allowed: str
    example: str
    index: int | None = None
    """The index of its column in the file."""


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
    cells = cells_of(connection, settings, line, sha256)
    values = _values_by_line(connection, settings, line, cells, rows)
    shown = [
        ShownRow(
            row.line,
            row.outcome,
            row.patient_id,
            [shown_issue(issue, cells, values.get(row.line, {})) for issue in row.issues],
        )
        for row in rows
    ]
    return RowPage(kind, shown, rows[-1].line if len(found) > PAGE_ROWS else None)


def cells_of(connection: Connection, settings: Settings, line: ImportLine, sha256: str) -> Cells:
    """The columns of an import's file, as its latest attempt read them."""
    file_format = get_format(line.format)
    try:
        attempt = line.attempt or 0
        layout = layout_of(connection, settings, line.id, attempt, sha256, file_format)
    except (FileFault, StorageUnavailable, OSError):
        # An attempt from before layouts were kept, whose file is gone from the archive or can no
        # longer be read. Lines and messages are shown without cells.
        return Cells(file_format, None)
    return Cells(file_format, layout)


def _values_by_line(
    connection: Connection, settings: Settings, line: ImportLine, cells: Cells, rows: list[Row]
) -> dict[int, dict[int, str]]:
    """By line and column index the cells of failed rows, from the file of failed rows."""
    failed = [row.line for row in rows if row.outcome == "errored"]
    if not failed or line.attempt is None or cells.layout is None:
        return {}
    try:
        file = find_result(connection, settings, line, line.attempt, "failed_rows")
        if file is None or (path := file.intact_path()) is None:
            return {}
        before = count_errored_until(connection, line.id, line.attempt, failed[0] - 1)
        result = cells.file_format.result
        found = read_failed_cells(path, cells.layout, result, before, len(failed))
    except OSError:
        return {}
    return dict(zip(failed, found, strict=False))


def shown_issue(issue: dict[str, Any], cells: Cells, values: dict[int, str]) -> ShownIssue:
    """An issue of the ledger; `values` are the row's cells by the index of their column."""
    name = issue["column_name"] or ""
    index, column = cells.index_of(issue), cells.declared(issue)
    value = values.get(index, "") if index is not None else ""
    message = issue["message"].removeprefix(f"{name}: ")
    # A message has the format's label, and a header may mark a required column with a star.
    message = message.removeprefix(f"{cells.file_format.label_of(issue['slot'])}: ")
    return ShownIssue(
        severity=issue["severity"],
        code=issue["code"],
        cell=cells.name_of(issue),
        column=name,
        value=value,
        # The value has a column of its own on the page.
        message=message.removeprefix(f"{value} ") if value else message,
        allowed=column.kind.describe if column else "",
        example=column.example if column else "",
        index=index,
    )
