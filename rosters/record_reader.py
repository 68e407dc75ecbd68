"""One record after the other from the lines of a roster, whatever became of its quotes.

A record that keeps RFC 4180 is read as that says. In any other, a quote closed before other text
does not hide what follows: the cell goes on to the next delimiter, and the record says which of
its cells are concerned. Where such a cell holds a line end, nobody can say where the rows end.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from rosters.csv_reader import csv_records
from rosters.quoted_cells import BLANKS, Cell, OtherReadings, mended, unquoted
from schemas.errors import FileFault

MAX_RECORD_CHARS = 1 << 22
"""More than a hundred cells as full as a spreadsheet can make them."""

MAX_BLANK_LINES = 1 << 20
"""As many rows as a spreadsheet has."""


class Record(NamedTuple):
    """The cells of a record, in the line that a spreadsheet shows.

    `plain` and `doubtful` are the indices of cells whose quotes break RFC 4180: of those where it
    is plain what was meant, and of those that stand here with all their quotes.
    """

    line: int
    cells: list[str]
    plain: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()


class RecordReader:
    """Reads the records of `lines`, which keep their line ends; blank ones have no cells.

    `first_line` is the line of the first one. `width` is how many cells a record should have,
    where that is known, and `is_ragged` says that fewer are as well. `space_before_quotes` says
    that a quote after a space is no deviation.
    """

    def __init__(
        self,
        lines: Iterable[str],
        delimiter: str,
        *,
        first_line: int = 1,
        width: int | None = None,
        is_ragged: bool = False,
        space_before_quotes: bool = False,
    ) -> None:
        self._lines = iter(lines)
        self._taken: list[str] = []
        self._waiting: deque[str] = deque()
        self._delimiter = delimiter
        self._width, self._is_ragged = width, is_ragged
        self._space_before_quotes = space_before_quotes
        self._other = OtherReadings(delimiter)
        self._line, self._blank_lines = first_line - 1, 0
        mark, blanks = re.escape(delimiter), f"[{BLANKS.replace(delimiter, '')}]*+"
        space = " *+" if space_before_quotes else ""
        cell = rf'(?:{space}"[^"]*+(?:""[^"]*+)*+"|[^"{mark}\r\n]*+)'
        self._well_formed = re.compile(rf"{cell}(?:{mark}{cell})*+[\r\n]*")
        self._opening = re.compile(rf'({blanks})"')
        self._inside = re.compile(r'[^"]*+(?:""[^"]*+)*+')
        self._closing = re.compile(rf'"({blanks})(?={mark}|[\r\n]|\Z)')
        self._to_delimiter = re.compile(rf"[^{mark}\r\n]*+")

    def __iter__(self) -> Iterator[Record]:
        """The records in their order.

        Raises:
            FileFault: a cell with a line end is not closed as it must be, a record is too long
                to be one, or there are more blank lines than a spreadsheet has rows.
        """
        while text := self._waiting.popleft() if self._waiting else next(self._lines, ""):
            self._line += 1
            self._refuse_size(len(text))
            if '"' in text:
                self._taken = []
                yield self._quoted_record(text)
            elif text.isspace():
                self._count_blank_line()
                yield Record(self._line, [])
            else:
                yield Record(self._line, text.rstrip("\r\n").split(self._delimiter))

    def _quoted_record(self, text: str) -> Record:
        if self._well_formed.fullmatch(text):
            found = csv_records(
                [text], self._delimiter, space_before_quotes=self._space_before_quotes
            )
            return Record(self._line, next(found))
        if '\\"' in text and (other := self._other.all_plain(text, self._is_wanted)):
            return self._record(self._cells_if_kept(text) or other)
        cells, is_one_line = self._cells(text)
        if is_one_line and not self._is_wanted(len(cells)):
            cells = self._other.all_plain(text, self._is_wanted) or cells
        return self._record(cells)

    def _cells_if_kept(self, text: str) -> list[Cell] | None:
        """The cells of the record if it keeps RFC 4180; else None, and no line is taken."""
        with suppress(FileFault):
            cells, _ = self._cells(text)
            if not any(cell.stray for cell in cells):
                return cells
        self._waiting.extendleft(reversed(self._taken))
        return None

    def _next_line(self) -> str:
        """The next line, an empty one at the end."""
        line = self._waiting.popleft() if self._waiting else next(self._lines, "")
        self._taken.append(line)
        return line

    def _is_wanted(self, count: int) -> bool:
        if self._width is None or count == self._width:
            return self._width is not None
        return self._is_ragged and 1 < count < self._width

    def _record(self, cells: list[Cell]) -> Record:
        stray = [(index, cell) for index, cell in enumerate(cells) if cell.stray]
        return Record(
            self._line,
            [cell.text for cell in cells],
            plain=tuple(index for index, cell in stray if cell.plain),
            doubtful=tuple(index for index, cell in stray if not cell.plain),
        )

    def _cells(self, text: str) -> tuple[list[Cell], bool]:
        """The cells of the record that begins with `text`, and whether it is one line."""
        first, place, cells = text, 0, []
        while True:
            opening = self._opening.match(text, place)
            if opening is None:
                found = self._to_delimiter.match(text, place)
                place = found.end() if found else place
                cells.append(unquoted(found[0] if found else ""))
            else:
                cell, text, place = self._quoted_cell(text, opening)
                cells.append(cell)
            if place == len(text) or text[place] in "\r\n":
                return cells, text is first
            place += 1

    def _quoted_cell(self, text: str, opening: re.Match[str]) -> tuple[Cell, str, int]:
        """The cell, the line on which it ends, and where there."""
        parts, size, line, place = [], len(text), text, opening.end()
        while True:
            inside = self._inside.match(line, place)
            end = inside.end() if inside else place
            parts.append(line[place:end])
            if end < len(line):
                break
            line, place = self._next_line(), 0
            size += len(line)
            if not line or size > MAX_RECORD_CHARS:
                raise self._unclosed("is never closed")
        closing = self._closing.match(line, end)
        if closing:
            spaces = bool(closing[1]) or (bool(opening[1]) and not self._allows(opening[1]))
            return Cell("".join(parts).replace('""', '"'), stray=spaces), line, closing.end()
        if len(parts) > 1:
            raise self._unclosed("is closed in the middle of a later line")
        rest = self._to_delimiter.match(line, end)
        stop = rest.end() if rest else end
        return mended(line[opening.start() : stop]), line, stop

    def _allows(self, spaces: str) -> bool:
        return self._space_before_quotes and not spaces.strip(" ")

    def _unclosed(self, how: str) -> FileFault:
        return FileFault(
            "unclosed_quote",
            f"line {self._line} opens a quote that {how}, so it cannot be said where the "
            "following rows end; close or remove it and send the file again",
            self._line,
        )

    def _refuse_size(self, size: int) -> None:
        if size > MAX_RECORD_CHARS:
            raise FileFault(
                "line_too_long",
                f"line {self._line} has more than {MAX_RECORD_CHARS:,} characters, which no row "
                "has; its line ends are probably lost, export the file again",
                self._line,
            )

    def _count_blank_line(self) -> None:
        self._blank_lines += 1
        if self._blank_lines > MAX_BLANK_LINES:
            raise FileFault(
                "too_many_blank_lines",
                f"the file has more than {MAX_BLANK_LINES:,} blank lines; export it again",
                self._line,
            )
