"""The records of any roster, read as tolerantly as people's exports need it."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

from rosters.byte_source import ByteSource
from rosters.csv_reader import csv_records
from rosters.layout import Layout
from schemas.errors import FileFault


def read_records(source: ByteSource, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record after the header; records without any cell are left out.

    `line` is the row's number as a spreadsheet shows it: line breaks inside cells do not count.

    Raises:
        FileFault: a quote is never closed, so no one can say where the rows end.
    """
    with (
        source.open("rb") as file,
        io.TextIOWrapper(file, encoding=layout.encoding.codec, newline="") as text,
    ):
        lines = _Recording(text)
        first = 2 if layout.has_header else 1
        line = first - 1
        for line, cells in enumerate(islice(_reader(lines, layout), first - 1, None), first):
            if cells:
                yield line, cells
            lines.forget()
        _refuse_unclosed(lines.last, layout, line)


def _reader(lines: Iterable[str], layout: Layout, *, strict: bool = False) -> Iterator[list[str]]:
    return csv_records(
        lines,
        layout.delimiter,
        space_before_quotes=layout.space_before_quotes,
        strict=strict,
    )


class _Recording:
    """Hands lines through and remembers those of the record being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._current: list[str] = []
        self.last: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for text in self._lines:
            self._current.append(text)
            yield text

    def forget(self) -> None:
        self.last, self._current = self._current, []


def _refuse_unclosed(last: list[str], layout: Layout, line: int) -> None:
    try:
        list(_reader(last, layout, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise FileFault(
                "unclosed_quote",
                f"line {line} opens a quote that is never closed, so it cannot be said where "
                "the following rows end; close it and send the file again",
                line,
            ) from error
