"""Reading the rows of a file into table `raw`: fast where the file is regular, tolerant elsewhere.

A *regular* file keeps RFC 4180 to the letter: every record as wide as the header, quotes only
around whole cells, no blank lines. DuckDB reads it. Anything else is read by Python's csv module,
which accepts what people's exports contain, and each deviation becomes an issue of its row.
DuckDB's own count is held against ours, because its reader silently drops the rest of a file
after an unclosed quote (measured on DuckDB 2.0); nothing may be lost without a word.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from assets.staging_database import scalar
from rosters.layout import Layout
from schemas.errors import FileFault

_BATCH_ROWS = 20_000
_MAX_RECORD_CHARS = 1 << 28
_BLANKS = "chr(32) || chr(9) || chr(10) || chr(13) || chr(160)"  # as macro `given` has them


def load_raw(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> int:
    """Create table `raw(line, fields, c0 … cN, surplus)`; return how many records there are.

    `line` is the record's row number as a spreadsheet shows it, `fields` how many cells it had,
    `surplus` the cells of a record that is longer than the header.
    Blank records are left out (their lines are still counted).

    Raises:
        FileFault: a quote is never closed, so no one can say where the rows end.
    """
    expected = count_regular_records(path, layout)
    if expected is not None and _load_regular(connection, path, layout, expected):
        return _drop_blank(connection, layout)
    _load_tolerant(connection, path, layout)
    return _drop_blank(connection, layout)


def count_regular_records(path: Path, layout: Layout) -> int | None:
    """How many records a regular file has, header included; None where it is not regular."""
    if layout.encoding.name != "utf-8" or not layout.has_header:
        return None
    data = path.read_bytes()
    if _has_odd_line_ends(data):
        return None
    return _count_records(np.frombuffer(data, np.uint8), ord(layout.delimiter))


def _has_odd_line_ends(data: bytes) -> bool:
    """Blank lines, lone carriage returns and mixed line ends shift lines between readers."""
    if data[:1] in (b"\n", b"\r") or b"\n\n" in data or b"\n\r" in data:
        return True
    returns = data.count(b"\r")
    return returns > 0 and not returns == data.count(b"\r\n") == data.count(b"\n")


def _count_records(data: np.ndarray, delimiter: int) -> int | None:
    """Records of RFC 4180 text, or None where a quote stands anywhere but around a whole cell.

    Quotes at even places open, at odd places close; an opening one must follow a delimiter, a
    line end or (a doubled quote inside a cell) a quote, a closing one must precede one of those.
    """
    quotes = np.flatnonzero(data == ord('"'))
    ends = np.flatnonzero(data == ord("\n"))
    if quotes.size % 2:
        return None
    around = np.zeros(256, bool)
    around[[delimiter, ord("\n"), ord("\r"), ord('"')]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opens_well = around[data[opening - 1]] | (opening == 0)
    closes_well = around[data[np.minimum(closing + 1, data.size - 1)]] | (closing == data.size - 1)
    if not (opens_well.all() and closes_well.all()):
        return None
    outside = np.searchsorted(quotes, ends) % 2 == 0
    return int(outside.sum()) + int(data[-1] != ord("\n"))


def _load_regular(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, expected: int
) -> bool:
    """Read with DuckDB; False where it disagrees with the count or refuses the file."""
    columns = {f"c{i}": "VARCHAR" for i in range(layout.width)}
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TABLE raw AS
            SELECT (row_number() OVER () + 1)::INTEGER AS line, {layout.width}::INTEGER AS fields, *
            FROM read_csv(
                $path, columns = {columns}, delim = $delimiter, quote = '"', escape = '"',
                header = false, skip = 1, auto_detect = false, strict_mode = true,
                null_padding = false, parallel = false), (SELECT NULL::VARCHAR[] AS surplus)
            """,
            {"path": str(path), "delimiter": layout.delimiter},
        )
    except duckdb.Error:
        return False
    return scalar(connection, "SELECT count(*) FROM raw") == expected - 1


def _load_tolerant(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout) -> None:
    names = ["line", "fields", *(f"c{i}" for i in range(layout.width)), "surplus"]
    types = [pa.int32(), pa.int32(), *([pa.string()] * layout.width), pa.list_(pa.string())]
    schema = pa.schema(zip(names, types, strict=True))
    connection.register("batch", schema.empty_table())
    connection.execute("CREATE OR REPLACE TABLE raw AS SELECT * FROM batch")
    for batch in _batches(_records(path, layout), layout.width, schema):
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute("INSERT INTO raw SELECT * FROM batch")
    connection.unregister("batch")


def _records(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record; line ends inside cells do not count as lines."""
    csv.field_size_limit(_MAX_RECORD_CHARS)
    with path.open("r", encoding=layout.encoding.codec, newline="") as file:
        lines = _Recording(file)
        first = 2 if layout.has_header else 1
        reader = _reader(lines, layout)
        line = first - 1
        for line, cells in enumerate(islice(reader, first - 1, None), first):
            if cells:
                yield line, cells
            lines.forget()
        _refuse_unclosed(lines.last, layout, line)


def _reader(lines: Iterable[str], layout: Layout, *, strict: bool = False) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=layout.delimiter,
        skipinitialspace=layout.space_before_quotes,
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


def _batches(
    records: Iterator[tuple[int, list[str]]], width: int, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    padding: list[str | None] = [None] * width
    while batch := list(islice(records, _BATCH_ROWS)):
        rows = [
            (line, len(cells), *(cells + padding)[:width], cells[width:] or None)
            for line, cells in batch
        ]
        columns = zip(*rows, strict=True)
        yield pa.record_batch(
            [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
            schema=schema,
        )


def _drop_blank(connection: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    cells = ", ".join(f"nullif(trim(c{i}, {_BLANKS}), '')" for i in range(layout.width))
    connection.execute(
        f"DELETE FROM raw WHERE coalesce({cells}) IS NULL AND fields <= {layout.width}"
    )
    return scalar(connection, "SELECT count(*) FROM raw")
