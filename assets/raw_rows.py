"""Table `raw`, the records of a file: DuckDB reads regular files, Python's csv module the others.

DuckDB reads regular files (`rosters/regular_files.py`). Anything else is read by a reader of our
own (`rosters/record_reader.py`), which accepts what people's exports contain, and each deviation
becomes an issue of its row. DuckDB's own count is held against ours, because its reader silently
drops the rest of a file after an unclosed quote (measured on DuckDB 2.0); no row may be lost
without a word.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.staging_database import scalar
from registry.database.statements import Statements
from rosters.byte_source import ByteSource, LocalBytes, path_of
from rosters.layout import Layout
from rosters.record_reader import Record
from rosters.records import read_records
from rosters.regular_files import count_regular_records

_SQL = Statements(__file__)
_STRAY = [(name, pa.list_(pa.int32())) for name in ("plain", "doubtful")]
_BATCH_ROWS = 20_000
_BATCH_CHARS = 1 << 26
"""Rows are handed over together, as many as this whichever is reached first."""


def load_raw(connection: duckdb.DuckDBPyConnection, source: LocalBytes, layout: Layout) -> int:
    """Create table `raw(line, fields, c0 … cN, surplus, plain, doubtful)`; count its records.

    `line` is the record's row number as a spreadsheet shows it, `fields` its number of cells,
    `surplus` the cells beyond the header's width; `plain` and `doubtful` are the indices of cells
    with stray quotes, as `rosters/record_reader.py` has them. Blank records are left out, but their
    lines are counted. A cell is blank if nothing is given in it: macro `given_text`, as for values.

    Example: the line `Ann,Lee,1977,f,x` below a header of four columns →
    `(2, 5, Ann, Lee, 1977, f, [x], NULL, NULL)`.

    Raises:
        FileFault: no one can say where the rows end.
    """
    expected = count_regular_records(source, layout)
    if expected is None or not _load_regular(connection, path_of(source), layout, expected):
        load_tolerantly(connection, source, layout)
    return _drop_blank(connection, layout)


def _load_regular(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, expected: int
) -> bool:
    """Read with DuckDB; False if its count differs or it refuses the file."""
    columns = {f"c{i}": "VARCHAR" for i in range(layout.width)}
    statement = _SQL["load_regular_rows"].format(
        width=layout.width, columns=columns, before=layout.lines_before_rows
    )
    try:
        connection.execute(statement, {"path": str(path), "delimiter": layout.delimiter})
    except duckdb.Error:
        return False
    return scalar(connection, "SELECT count(*) FROM raw") == expected - layout.lines_before_rows


def load_tolerantly(
    connection: duckdb.DuckDBPyConnection, source: ByteSource, layout: Layout
) -> None:
    """Create table `raw` with our own reader, blank records included."""
    cells = [(f"c{i}", pa.string()) for i in range(layout.width)]
    lists = [("surplus", pa.list_(pa.string())), *_STRAY]
    schema = pa.schema([("line", pa.int32()), ("fields", pa.int32()), *cells, *lists])
    connection.register("batch", schema.empty_table())
    connection.execute("CREATE OR REPLACE TABLE raw AS SELECT * FROM batch")
    for batch in _batches(read_records(source, layout), layout.width, schema):
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute(_SQL["insert_tolerant_rows"], {"width": layout.width})
    connection.unregister("batch")


def _batches(records: Iterator[Record], width: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    padding: list[str | None] = [None] * width
    while batch := list(_bounded(records)):
        rows = [_row(record, width, padding) for record in batch]
        columns = zip(*rows, strict=True)
        yield pa.record_batch(
            [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
            schema=schema,
        )


def _row(record: Record, width: int, padding: list[str | None]) -> tuple[object, ...]:
    line, cells, plain, doubtful = record
    padded = [*cells, *padding][:width] if len(cells) < width else cells[:width]
    return (line, len(cells), *padded, cells[width:] or None, plain or None, doubtful or None)


def _bounded(records: Iterator[Record]) -> Iterator[Record]:
    chars = 0
    for record in islice(records, _BATCH_ROWS):
        yield record
        chars += sum(map(len, record.cells))
        if chars > _BATCH_CHARS:
            return


def _drop_blank(connection: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    # Most rows have something in their first cell. The others are looked at together: cells in
    # which nothing is given say nothing in one text either, and DuckDB reads the macro once.
    others = ", ".join(f"c{i}" for i in range(1, layout.width))
    given = f"given_text(c0), given_text(concat({others}))" if others else "given_text(c0)"
    connection.execute(
        f"DELETE FROM raw WHERE coalesce({given}) IS NULL AND fields <= {layout.width}"
    )
    return scalar(connection, "SELECT count(*) FROM raw")
