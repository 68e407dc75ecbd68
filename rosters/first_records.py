"""The beginning of a roster: lines without data, and the first record after them."""

import io
import re
from typing import NamedTuple

from rosters.record_reader import RecordReader
from rosters.swallowed_rows import holds_rows
from schemas.errors import FileFault

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_WITHOUT_DATA = re.compile(r'(?:[\s,;|\x1a\ufeff]|"")*')
_SEPARATOR_HINT = re.compile(r'[\s\ufeff]*"?sep=(.)"?[,;|\s]*', re.IGNORECASE)


class Preface(NamedTuple):
    """Lines above the first record: blank ones, and the one that tells Excel the delimiter."""

    lines: int
    chars: int
    delimiter: str | None


def read_preface(text: str) -> Preface:
    """What stands above the first record of a file that begins with `text`."""
    lines, place, delimiter = 0, 0, None
    while found := _LINE.match(text, place):
        line = found[0].rstrip("\r\n")
        hint = _SEPARATOR_HINT.fullmatch(line) if delimiter is None else None
        if hint is None and not _WITHOUT_DATA.fullmatch(line):
            break
        delimiter = hint[1] if hint else delimiter
        lines, place = lines + 1, found.end()
    return Preface(lines, place, delimiter)


def first_record(text: str, delimiter: str, line: int = 1, *, is_whole: bool = True) -> list[str]:
    """The cells of the first record of `text`; a quoted cell may hold line breaks.

    `line` is where it begins in its file, and `is_whole` says that the file ends where `text` does.

    Raises:
        FileFault: it does not end in `text`, or rows below it were swallowed by a stray quote.
    """
    lines = io.StringIO(text, newline="")
    record = next(iter(RecordReader(lines, delimiter, first_line=line)), None)
    if record is None:
        return []
    if not is_whole and lines.tell() == len(text):
        raise FileFault(
            "line_too_long",
            f"line {line} has more than {len(text):,} characters, which no first line has; its "
            "line ends are probably lost, export the file again",
            line,
        )
    cells = record.cells
    if any(holds_rows(cells, index, delimiter) for index in range(len(cells))):
        raise FileFault(
            "unclosed_quote",
            f"line {line} holds a quoted cell with whole rows in it; a quote is too much there, "
            "remove it and send the file again",
            line,
        )
    return cells
