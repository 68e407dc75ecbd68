"""The failed rows of an import as a workbook, with the cells at fault coloured.

It is made of the file of failed rows and of the ledger: for who sent a workbook when their import
ends, and at the portal for anybody who asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from psycopg import Connection

from registry.ledger.import_pages import Row, list_rows
from rosters.containers.write_workbook import MarkedRow, write_workbook
from rosters.failed_rows import failed_records, failed_rows_have_header, places_in_failed_rows
from rosters.layout import Layout
from schemas.formats import ResultLayout
from schemas.rules import Severity

MAX_ROWS = 5_000
"""Nobody corrects more by hand; all cells are in memory while a workbook is made."""

_PAGE_ROWS = 500


@dataclass(frozen=True)
class FailedRows:
    """The file with the failed rows of an attempt, and how its columns stand."""

    import_id: UUID
    attempt: int
    path: Path
    layout: Layout
    result: ResultLayout


def write_failed_workbook(
    connection: Connection, failed: FailedRows, received_at: datetime, target: BinaryIO
) -> None:
    """Write the failed rows of an attempt to `target`; the same rows give the same bytes.

    It holds the first `MAX_ROWS`; where there are more, the name of its sheet says so.
    """
    layout, result = failed.layout, failed.result
    records = failed_records(failed.path)
    header = next(records, None) if failed_rows_have_header(layout, result) else None
    found = list(islice(records, MAX_ROWS + 1))
    sheet = f"First {MAX_ROWS:,} failed rows" if len(found) > MAX_ROWS else "Failed rows"
    places = places_in_failed_rows(layout, result)
    rows = (
        MarkedRow(cells, _marks(row, layout, places))
        for cells, row in zip(
            found[:MAX_ROWS], _failed(connection, failed.import_id, failed.attempt), strict=False
        )
    )
    write_workbook(target, sheet, header, rows, received_at)


def _failed(connection: Connection, import_id: UUID, attempt: int) -> Iterator[Row]:
    after = 0
    while page := list_rows(connection, import_id, attempt, "errored", after, _PAGE_ROWS):
        yield from page
        after = page[-1].line


def _marks(row: Row, layout: Layout, places: dict[int, int]) -> dict[int, tuple[Severity, str]]:
    """By the place of a cell what is said of it; what is about no column stands with the first."""
    said: dict[int, list[dict[str, Any]]] = {}
    for issue in row.issues:
        index = layout.index_of(issue["slot"], issue["column_name"])
        said.setdefault(places.get(index, 0) if index is not None else 0, []).append(issue)
    return {
        place: (
            "error" if any(each["severity"] == "error" for each in issues) else "warning",
            "\n".join(each["message"] for each in issues),
        )
        for place, issues in said.items()
        if any(each["severity"] != "info" for each in issues)
    }
