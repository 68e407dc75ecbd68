"""The first rows of a roster, column by column, whether or not its header fits the format."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rosters.byte_source import ByteSource
from rosters.delimiters import DELIMITERS, find_delimiter
from rosters.encoding import detect_encoding
from rosters.first_records import read_preface
from rosters.record_reader import Record, RecordReader
from schemas.errors import FileFault
from schemas.formats import Format

MAX_CHARS = 1 << 20
MAX_COLUMNS = 1_024
RECORDS_LOOKED_AT = 50
_HEADER_LOOKED_FOR = 30
_FULL_ENOUGH = 0.8
"""A header has a name for most columns; a title above it has a cell or two."""


@dataclass(frozen=True)
class SampledColumn:
    """A column: its header, blank where there is none, and its cells in the first rows."""

    header: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """The beginning of a roster. `header_line` is None where the file is taken to have none."""

    columns: tuple[SampledColumn, ...]
    header_line: int | None


def read_sample(source: ByteSource, file_format: Format, *, has_header: bool) -> Sample:
    """The columns of a roster with their first values.

    The header is the first row with as many cells as the rows below it, so that a title above is
    passed over.

    Raises:
        FileFault: the file is empty, binary, or in an encoding that the format does not accept.
    """
    records = [record for record in _records(source, file_format) if any(map(str.strip, record[1]))]
    if not records:
        raise FileFault("empty_file", "the file holds no data; export it again")
    place = _header_place(records) if has_header else None
    rows = [record.cells for record in records[0 if place is None else place + 1 :]]
    headers = [] if place is None else records[place].cells
    width = min(
        max([len(headers), *map(len, rows)]) if place is None else len(headers), MAX_COLUMNS
    )
    columns = tuple(
        SampledColumn(
            headers[i].strip("\ufeff ") if i < len(headers) else "",
            tuple(row[i] if i < len(row) else "" for row in rows),
        )
        for i in range(width)
    )
    return Sample(columns, None if place is None else records[place].line)


def _header_place(records: list[Record]) -> int:
    filled = [sum(bool(cell.strip()) for cell in record.cells) for record in records]
    most = max(filled[:_HEADER_LOOKED_FOR])
    return next(i for i, count in enumerate(filled) if count >= _FULL_ENOUGH * most)


def _records(source: ByteSource, file_format: Format) -> list[Record]:
    encoding = detect_encoding(source, file_format)
    with (
        source.open("rb") as file,
        io.TextIOWrapper(file, encoding=encoding.codec, newline="") as text_file,
    ):
        text = text_file.read(MAX_CHARS)
    preface = read_preface(text)
    rest = text[preface.chars :]
    delimiter = preface.delimiter or _delimiter(rest, file_format)
    lines = io.StringIO(rest, newline="")
    found = _until_broken(RecordReader(lines, delimiter, first_line=preface.lines + 1))
    records = list(islice(found, RECORDS_LOOKED_AT + 1))
    is_cut = len(text) == MAX_CHARS and lines.tell() == len(rest)
    return records[:-1] if is_cut and len(records) > 1 else records


def _until_broken(records: RecordReader) -> Iterator[Record]:
    """The records before one that cannot be read; what is wrong with it is the check's to say."""
    try:
        yield from records
    except FileFault:
        return


def _delimiter(text: str, file_format: Format) -> str:
    """The format's own guess; where no header is known, the mark that its first lines share."""
    found = find_delimiter(text, file_format)
    if found != "," or not file_format.other_delimiters:
        return found
    lines = [line for line in islice(io.StringIO(text), _HEADER_LOOKED_FOR) if line.strip()]
    shared = {mark: min((line.count(mark) for line in lines), default=0) for mark in DELIMITERS}
    best = max(shared, key=lambda mark: (shared[mark], mark == ","))
    return best if shared[best] else ","
