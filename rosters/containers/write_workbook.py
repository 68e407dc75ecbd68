"""Rows as a workbook that a person corrects: cells at fault are coloured and say what is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

import xlsxwriter

from schemas.rules import Severity

MAX_CELL_CHARS = 32_767
"""What a cell of a workbook can hold."""

_COLOURS = {"error": "#FFC7CE", "warning": "#FFEB9C"}


@dataclass(frozen=True)
class MarkedRow:
    """The cells of a row; by the index of a cell what is said of it, and how grave that is."""

    cells: list[str]
    marks: Mapping[int, tuple[Severity, str]] = field(default_factory=dict)


def write_workbook(
    target: BinaryIO, sheet: str, header: list[str] | None, rows: Iterable[MarkedRow], at: datetime
) -> None:
    """Write a workbook of one sheet, whose cells all are text: `04101` stays as it is.

    `at` is when it was made, as the file says; the same rows and time give the same bytes. Nothing
    is written to disk, and all cells are in memory.
    """
    options = {"in_memory": True, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": at.replace(tzinfo=None)})
        text = {"num_format": "@", "valign": "top"}
        plain, bold = book.add_format(text), book.add_format({"bold": True})
        coloured = {
            name: book.add_format({**text, "bg_color": colour}) for name, colour in _COLOURS.items()
        }
        page = book.add_worksheet(sheet)
        if header is not None:
            page.write_row(0, 0, header, bold)
            page.freeze_panes(1, 0)
        for number, row in enumerate(rows, int(header is not None)):
            for column, value in enumerate(row.cells):
                severity, said = row.marks.get(column, ("info", ""))
                page.write_string(
                    number, column, value[:MAX_CELL_CHARS], coloured.get(severity, plain)
                )
                if said:
                    page.write_comment(number, column, said[:1_000])
