"""Where a value stands in the sender's file, as a spreadsheet names it, and what it was.

The order of columns is the format's, or that of the header line in the archived file; values of
failed rows stand in the file of failed rows, in the order of the lines.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from schemas.formats import Column, Format

_HEADER_BYTES = 1 << 18
_DELIMITERS = ",;\t|"
_LETTERS = 26


@dataclass(frozen=True)
class Cells:
    """The columns of one file; `places` are their indices by name, from 0."""

    file_format: Format
    places: Mapping[str, int]

    def name(self, column: str | None, line: int) -> str:
        """`B7`; the empty string where the column is not known."""
        place = self.places.get(column or "")
        return "" if place is None else f"{letters(place)}{line}"

    def declared(self, column: str | None) -> Column | None:
        """What the format declares about a column, by any of its spellings."""
        wanted = self._folded(column or "")
        return next(
            (
                each
                for each in self.file_format.columns
                if wanted in {self._folded(header) for header in (*each.headers, each.label)}
            ),
            None,
        )

    def _folded(self, header: str) -> str:
        # In this order, as `fold_header` of the assets does: the pattern is made for small letters.
        return re.sub(self.file_format.dropped_in_headers, "", header.lower())


def cells_of(file_format: Format, archived: Path) -> Cells:
    """The columns of an archived file."""
    if not file_format.has_header:
        names: Sequence[str] = [column.label for column in file_format.columns]
    else:
        names = [name.strip() for name in _header(archived)]
    # Of two columns with one name, the first counts, as in reading.
    return Cells(file_format, {name: i for i, name in reversed(list(enumerate(names)))})


def letters(place: int) -> str:
    """The letters of a column from 0: A, …, Z, AA and so on."""
    text = ""
    while place >= 0:
        place, rest = divmod(place, _LETTERS)
        text = chr(ord("A") + rest) + text
        place -= 1
    return text


def failed_values(file_format: Format, path: Path, first: int, count: int) -> list[dict[str, str]]:
    """The cells of failed rows from the `first` one (from 0) on, by column name."""
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if file_format.has_header:
            names = [name.strip() for name in next(rows, [])]
        else:
            names = [column.label for column in file_format.columns]
        return [dict(_named(names, row)) for row in islice(rows, first, first + count)]


def _named(names: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    # The last one wins in a dict, and the first one is to: hence backwards.
    return reversed(list(zip(names, row, strict=False)))


def _header(archived: Path) -> list[str]:
    with archived.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    text = _decoded(head)
    candidates = [
        next(csv.reader(io.StringIO(text, newline=""), delimiter=each), []) for each in _DELIMITERS
    ]
    return max(candidates, key=len)


def _decoded(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    # What is cut off in the middle of a letter is not the header.
    whole = head[:-4] if len(head) == _HEADER_BYTES else head
    try:
        return whole.decode("utf-8-sig")
    except UnicodeDecodeError:
        return head.decode("windows-1252", "replace")
