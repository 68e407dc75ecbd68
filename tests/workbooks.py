"""Workbooks for tests, as a person's spreadsheet program would save them."""

import io
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

Change = Callable[[Worksheet], object]


def workbook(
    sheets: Mapping[str, list[list[Any]]],
    *,
    number_format: str = "00000",
    change: Mapping[str, Change] | None = None,
) -> bytes:
    """An .xlsx of these sheets: dates in cells of dates, whole numbers in `number_format`.

    `change` takes a sheet by its name before it is saved: to hide it, or a row of it.
    """
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "d mmm yyyy"})
        zeros = book.add_format({"num_format": number_format})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, day)
                    elif isinstance(value, int):
                        sheet.write_number(number, column, value, zeros)
                    else:
                        sheet.write(number, column, value)
            if change and name in change:
                change[name](sheet)
    return made.getvalue()
