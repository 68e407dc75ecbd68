"""The process that reads a workbook from its standard input and writes a sheet as CSV text.

    python -m rosters.containers.read_workbook TARGET FORMAT MAX_BYTES MAPPING < roster.xlsx

MAPPING is the number of an open file with the account's column mapping, or `null`, as JSON.

It prints JSON: `sheet` and `notes`, or `fault`, or `errno` of what could not be written. The
system ends it where it takes too much memory or time.
"""

import csv
import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from rosters.containers.archives import needs_password, too_large
from rosters.containers.choose_sheet import ROWS_LOOKED_AT, Look, choose_sheet, look_at
from rosters.containers.recognise import UNREADABLE, damaged
from rosters.containers.roster import shown_name, shown_names
from rosters.containers.sheet_marks import SheetMarks, marks_of_sheet
from rosters.containers.shown_cells import CellValue, row_as_text
from schemas.catalogue import get_format
from schemas.column_mapping import mapping_from_json
from schemas.errors import FileFault
from schemas.formats import Format

MEMORY_BYTES = 2 << 30
SECONDS = 300
_ROWS_BETWEEN_LOOKS = 500
_WORKBOOK = "workbook, or another document of an office program,"

Report = dict[str, Any]
Note = tuple[str, str]


def main() -> None:
    """Read, write, and report."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target, format_name, max_bytes, mapping_file = sys.argv[1:]
    with open(int(mapping_file), encoding="utf-8") as file:  # noqa: PTH123 - it has no path
        stored = json.load(file)
    file_format = get_format(format_name)
    if stored is not None:
        file_format = replace(file_format, mapping=mapping_from_json(stored))
    json.dump(_report(Path(target), file_format, int(max_bytes)), sys.stdout)


def _report(target: Path, file_format: Format, max_bytes: int) -> Report:
    try:
        return convert(sys.stdin.buffer, target, file_format, max_bytes)
    except FileFault as fault:
        return {"fault": [fault.code, fault.reason, fault.line]}
    except OSError as error:
        if error.errno is None:  # no disk's: a decompressor says so of damaged bytes
            cause = damaged(_WORKBOOK)
            return {"fault": [cause.code, cause.reason, cause.line]}
        return {"errno": error.errno}
    except MemoryError:
        os.abort()  # as calamine's own code does


def convert(workbook: BinaryIO, target: Path, file_format: Format, max_bytes: int) -> Report:
    """Write the sheet that fits to `target`; its name and what is to be said of the rest.

    Raises:
        FileFault: the workbook cannot be opened, is too large, or has no sheet that fits.
        OSError: the text cannot be written.
    """
    try:
        book = CalamineWorkbook.from_filelike(workbook)
        sheets, hidden = _visible(book)
        looks = [_look(sheet, file_format) for sheet in sheets]
        chosen = choose_sheet(looks, file_format)
        sheet = next(each for each in sheets if each.name == chosen.sheet)
        marks = marks_of_sheet(workbook, sheet.name)
    except PasswordError as error:
        raise needs_password("workbook") from error
    except (CalamineError, ParseError, *UNREADABLE) as error:
        raise damaged(_WORKBOOK) from error
    _write(sheet, marks, chosen.header or 0, target, max_bytes)
    notes = [*_notes_of_choice(chosen, looks, hidden), *_notes_of_rows(sheet, marks, chosen)]
    return {"sheet": chosen.sheet, "notes": notes}


def _visible(book: CalamineWorkbook) -> tuple[list[CalamineSheet], list[str]]:
    """The sheets that a person sees, and the names of the others; charts are left out."""
    found = book.sheets_metadata
    hidden = [each.name for each in found if each.visible != SheetVisibleEnum.Visible]
    sheets = [
        book.get_sheet_by_name(each.name)
        for each in found
        if each.name not in hidden and each.typ == SheetTypeEnum.WorkSheet
    ]
    return sheets, hidden


def _look(sheet: CalamineSheet, file_format: Format) -> Look:
    rows = [row_as_text(row) for row in islice(_rows(sheet), ROWS_LOOKED_AT)]
    return look_at(sheet.name, rows, file_format)


def _rows(sheet: CalamineSheet) -> Iterator[list[CellValue]]:
    """The rows from the first one on, with all cells from column A on."""
    if sheet.start is None:
        return
    before: list[CellValue] = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield [*before, *row] if before else row


def _write(
    sheet: CalamineSheet, marks: SheetMarks, header: int, target: Path, max_bytes: int
) -> None:
    """Write all rows; what stands above the header is left blank, so that lines stay rows."""
    with target.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        for number, row in enumerate(_rows(sheet)):
            marks.apply(number, row)
            writer.writerow(row_as_text(row) if number >= header else [""] * len(row))
            if number % _ROWS_BETWEEN_LOOKS == 0 and target.stat().st_size > max_bytes:
                raise too_large(max_bytes)
    if target.stat().st_size > max_bytes:
        raise too_large(max_bytes)


def _notes_of_choice(chosen: Look, looks: list[Look], hidden: list[str]) -> list[Note]:
    others = [look.sheet for look in looks if look is not chosen and not look.is_empty]
    said = [f"and not {shown_names(others)}"] if others else []
    if hidden:
        said.append(f"and no hidden sheet ({shown_names(hidden)})")
    if not said:
        return []
    text = f"of the workbook the sheet '{shown_name(chosen.sheet)}' was read, {', '.join(said)}"
    return [("part_of_file_read", text)]


def _notes_of_rows(sheet: CalamineSheet, marks: SheetMarks, chosen: Look) -> list[Note]:
    notes = []
    above = islice(_rows(sheet), chosen.header or 0)
    if any(cell != "" for row in above for cell in row):
        rows = "row 1 was" if chosen.header == 1 else f"rows 1 to {chosen.header} were"
        notes.append(("part_of_file_read", f"{rows} not read, above the header of the sheet"))
    last = sheet.end[1] if sheet.end else -1
    columns = len([column for column in marks.hidden_columns if column <= last])
    counts = [(marks.hidden_rows, "row"), (columns, "column")]
    hidden = [f"{count:,} hidden {word}{'s'[: count != 1]}" for count, word in counts if count]
    if hidden:
        text = f"the sheet has {' and '.join(hidden)}, whose cells were read as well"
        notes.append(("hidden_cells_read", text))
    return notes


if __name__ == "__main__":
    main()
