"""What a cell was meant to be whose quotes break RFC 4180: kept as meant where that is plain."""

import re
from collections.abc import Callable
from typing import NamedTuple

BLANKS = " \t\xa0"
_PAIR = re.compile(r'(?<!\w)"[^"]*"(?!\w)')
_QUOTE_BUT_INCHES = re.compile(r'(?<!\d)"')
_ESCAPED = re.compile(r'(\\\\)|\\"|""')


class Cell(NamedTuple):
    """A cell and what became of its quotes.

    `stray` says that they break RFC 4180; `plain` that it is plain all the same what was meant,
    otherwise `text` is as it stands in the file, with all its quotes.
    """

    text: str
    stray: bool = False
    plain: bool = True


def mended(raw: str) -> Cell:
    """The cell that begins and perhaps ends with a quote, and has others in between.

    Example: `"Robert "Bob""` is Robert "Bob"; of `"Bob" Smith` nobody can say.
    """
    text = raw.strip(BLANKS)
    inner = unescaped(text[1:-1])
    if len(text) > 1 and text.endswith('"') and is_balanced(inner):
        return Cell(inner, stray=True)
    return Cell(raw, stray=True, plain=False)


def is_balanced(text: str) -> bool:
    """Whether quotes stand around words in `text`, or after digits, where they mean inches."""
    return not _QUOTE_BUT_INCHES.search(_PAIR.sub("", text))


def unescaped(inner: str) -> str:
    """The text between the quotes of a cell, its doubled and backslashed quotes made single."""
    return _ESCAPED.sub(lambda found: found[1] or '"', inner)


def unquoted(raw: str) -> Cell:
    """A cell without an opening quote; where it has a closing one, that has lost its partner."""
    if '"' not in raw:
        return Cell(raw)
    lost = raw.rstrip(BLANKS).endswith('"') and not is_balanced(raw)
    return Cell(raw, stray=lost, plain=not lost)


class OtherReadings:
    """Other ways to read a line whose quotes break RFC 4180: each is all plain, or is none."""

    def __init__(self, delimiter: str) -> None:
        end = rf"(?={re.escape(delimiter)}|[\r\n]|\Z)"
        blank = f"[{BLANKS.replace(delimiter, '')}]*+"
        self._bare = re.compile(rf'[^"{re.escape(delimiter)}\r\n]*+{end}')
        self._escaped = re.compile(rf'{blank}"((?:[^"\\\r\n]|\\.|"")*+)"{blank}{end}')
        self._quoted = re.compile(rf'{blank}"((?:[^"\r\n]|"")*+)"{blank}{end}')
        self._opening = re.compile(rf'{blank}"')
        self._closing = re.compile(rf'"{blank}{end}')

    def all_plain(self, line: str, wanted: Callable[[int], bool]) -> list[Cell] | None:
        """The cells under the first reading that is plain and has a `wanted` number of them."""
        for read in (self._with_backslashes, self._with_delimiters_inside):
            cells = self._cells(line, read)
            if cells is not None and wanted(len(cells)):
                return cells
        return None

    def _cells(
        self, line: str, read: Callable[[str, int], tuple[Cell, int] | None]
    ) -> list[Cell] | None:
        cells, place = [], 0
        while True:
            bare = self._bare.match(line, place)
            found = (Cell(bare[0]), bare.end()) if bare else read(line, place)
            if found is None:
                return None
            cell, place = found
            cells.append(cell)
            if place == len(line) or line[place] in "\r\n":
                return cells
            place += 1

    def _with_backslashes(self, line: str, place: int) -> tuple[Cell, int] | None:
        """As MySQL and others write: a backslash before each quote inside a cell."""
        found = self._escaped.match(line, place)
        return (Cell(unescaped(found[1]), stray='\\"' in found[1]), found.end()) if found else None

    def _with_delimiters_inside(self, line: str, place: int) -> tuple[Cell, int] | None:
        """As `"said "hi, there" ok"`: the cell ends where its inner quotes have all been closed."""
        whole = self._quoted.match(line, place)
        if whole:
            return Cell(whole[1].replace('""', '"')), whole.end()
        opening = self._opening.match(line, place)
        for closing in self._closing.finditer(line, opening.end()) if opening else ():
            cell = mended(line[place : closing.end()])
            if cell.plain:
                return cell, closing.end()
        return None
