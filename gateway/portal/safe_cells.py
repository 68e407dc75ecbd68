"""A download that a spreadsheet does not run: its cells that look like formulas get a quote.

    =HYPERLINK("http://x")   →   '=HYPERLINK("http://x")
    +1 212 555 0123          →   as it is: a number is no formula

A file without such a cell is sent byte for byte.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

# What a spreadsheet takes for a formula, but for a number with a sign. A tab or a carriage return
# in front of it changes nothing.
_FORMULA = re.compile(r"[\t\r]*(?:[=@]|[+-](?![\d\s().,-]*$))")
_MAY_BE_ONE = re.compile(rb'(?:^|[,\n\r"])[\t\r]*[=@+-]')
_CHUNK = 1 << 20
_ROWS = 500
_LARGEST_CELL = 1 << 27


def has_formulas(path: Path) -> bool:
    """Whether some cell may be one; a cheap look at the bytes that errs on the safe side."""
    before = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if _MAY_BE_ONE.search(before + chunk):
                return True
            before = chunk[-8:]
    return False


def without_formulas(path: Path) -> Iterator[bytes]:
    """The file's rows, some hundred at a time, with a quote before each formula."""
    csv.field_size_limit(_LARGEST_CELL)
    with path.open(encoding="utf-8", newline="") as file:
        made = io.StringIO()
        writer = csv.writer(made, lineterminator="\r\n" if _ends_with_return(path) else "\n")
        for number, row in enumerate(csv.reader(file, strict=False), start=1):
            writer.writerow([harmless(cell) for cell in row])
            if not number % _ROWS:
                yield made.getvalue().encode()
                made.seek(0)
                made.truncate()
        yield made.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell, with a quote in front if a spreadsheet would run it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _ends_with_return(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\r\n" in file.read(_CHUNK)
