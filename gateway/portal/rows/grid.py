"""The grid: the rows of a check or an import as a table, with faults and changes in their cells.

kept rows (cells, changes) ─┐
ledger (issues)            ─┴▶ a page of rows      without kept rows: `ledger_rows.py` alone
"""

from dataclasses import dataclass, field
from uuid import UUID

from polars.exceptions import PolarsError
from psycopg import Connection

from gateway.portal.patients.fact_labels import label_of, shown_value
from gateway.portal.rows.cell_references import Cells
from gateway.portal.rows.columns import Columns, columns_of
from gateway.portal.rows.ledger_rows import PAGE_ROWS, ShownIssue, cells_of, row_page, shown_issue
from registry.ledger.import_pages import ImportLine, issues_of_lines
from registry.ledger.kept_rows import Change, KeptRow, KeptRows, Wanted, find_kept
from registry.settings import Settings

ValueChange = tuple[str, str | None, str | None]
"""(label, old value, new value); None where there was, or is, no value."""


@dataclass(frozen=True)
class GridCell:
    """A cell: its column, its text, the stored value that it replaces, what is said of it.

    `changes` says that it replaces something; `old` is None where nothing was stored before.
    """

    index: int
    label: str
    text: str
    changes: bool = False
    old: str | None = None
    issues: list[ShownIssue] = field(default_factory=list)

    @property
    def severity(self) -> str:
        """The worst of what is said of it: `error`, `warning`, `info`, or empty."""
        said = {issue.severity for issue in self.issues}
        return next((each for each in ("error", "warning", "info") if each in said), "")


@dataclass(frozen=True)
class GridRow:
    """A row; `issues` and `changes` are those that no shown cell has."""

    line: int
    outcome: str
    patient_id: UUID | None
    cells: list[GridCell]
    issues: list[ShownIssue]
    changes: list[ValueChange]


@dataclass(frozen=True)
class Grid:
    """A page of rows. `labels` are the headings of its columns.

    `is_kept` is False where the file's rows are not there any more: then the columns are missing,
    and rows can neither be found nor sorted. `count` is that of all pages where rows were
    searched, else None. `after` leads to the next page.
    """

    wanted: Wanted
    rows: list[GridRow]
    labels: list[str]
    after: int | None
    is_kept: bool
    count: int | None = None

    @property
    def has_findings(self) -> bool:
        """Whether anything is said that stands in no cell."""
        return any(row.issues or row.changes for row in self.rows)


def read_grid(
    connection: Connection, settings: Settings, line: ImportLine, sha256: str, wanted: Wanted
) -> Grid:
    """A page of the rows of an import's latest attempt."""
    if line.attempt is None:
        return Grid(wanted, [], [], None, is_kept=False)
    cells = cells_of(connection, settings, line, sha256)
    kept = find_kept(settings, line.partition_key, line.attempt)
    if kept is None or cells.layout is None:
        return _of_ledger(connection, settings, line, sha256, wanted)
    try:
        found = kept.page(wanted, PAGE_ROWS + 1)
        is_searched = bool(wanted.code or wanted.text)
        count = kept.count(wanted) if is_searched else None
    except (OSError, PolarsError):  # removed or damaged meanwhile
        return _of_ledger(connection, settings, line, sha256, wanted)
    columns = columns_of(cells.file_format, cells.layout, kept.columns)
    rows = grid_rows(connection, line, cells, columns, found[:PAGE_ROWS])
    return Grid(
        wanted,
        rows,
        [columns.name_of(index) for index in columns.order],
        rows[-1].line if len(found) > PAGE_ROWS else None,
        is_kept=True,
        count=count,
    )


def grid_rows(
    connection: Connection, line: ImportLine, cells: Cells, columns: Columns, rows: list[KeptRow]
) -> list[GridRow]:
    """Kept rows with what the ledger says of them."""
    lines = [row.line for row in rows]
    issues = issues_of_lines(connection, line.id, line.attempt or 0, lines)
    return [
        _row(
            row, columns, [shown_issue(each, cells, row.cells) for each in issues.get(row.line, [])]
        )
        for row in rows
    ]


def kept_rows_of(settings: Settings, line: ImportLine) -> KeptRows | None:
    """The kept rows of an import's latest attempt, if they are there."""
    return find_kept(settings, line.partition_key, line.attempt) if line.attempt else None


def _row(row: KeptRow, columns: Columns, issues: list[ShownIssue]) -> GridRow:
    changes: dict[int, Change] = {}
    elsewhere: list[Change] = []
    for change in row.changes:
        index = columns.index_of(change)
        if index is None or index not in columns.order:
            elsewhere.append(change)
        else:
            changes.setdefault(index, change)  # a year of birth follows the birthday's change
    said: dict[int | None, list[ShownIssue]] = {}
    for issue in issues:
        said.setdefault(issue.index if issue.index in columns.order else None, []).append(issue)
    return GridRow(
        row.line,
        row.outcome,
        row.patient_id,
        [_cell(index, row, columns, changes, said.get(index, [])) for index in columns.order],
        said.get(None, []),
        [_value_change(change) for change in elsewhere],
    )


def _cell(
    index: int,
    row: KeptRow,
    columns: Columns,
    changes: dict[int, Change],
    issues: list[ShownIssue],
) -> GridCell:
    text, change = row.cells.get(index, ""), changes.get(index)
    is_faulty = any(issue.severity == "error" for issue in issues)
    # Who corrects a number must see it; the message shows it as well.
    if columns.is_masked(index) and not is_faulty:
        text = _masked(text)
    return GridCell(
        index,
        columns.name_of(index),
        text,
        change is not None,
        _shown(change, change.old) if change else None,
        issues,
    )


def _masked(text: str) -> str:
    return shown_value("identifier", "ssn/", text) if text else ""


def _shown(change: Change, value: str | None) -> str | None:
    return shown_value(change.field, change.item, value) if value else None


def _value_change(change: Change) -> ValueChange:
    values = [value for value in (change.old, change.value) if value is not None]
    label = label_of(change.field, change.item, values)
    return label, _shown(change, change.old), _shown(change, change.value)


def _of_ledger(
    connection: Connection, settings: Settings, line: ImportLine, sha256: str, wanted: Wanted
) -> Grid:
    page = row_page(
        connection,
        settings,
        line,
        sha256,
        wanted.kind,
        wanted.after,
    )
    rows = [GridRow(row.line, row.outcome, row.patient_id, [], row.issues, []) for row in page.rows]
    return Grid(Wanted(kind=wanted.kind, after=wanted.after), rows, [], page.after, is_kept=False)
