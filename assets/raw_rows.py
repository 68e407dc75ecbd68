"""Table `raw`, the records of a file: DuckDB reads regular files, Python's csv module the others.

DuckDB reads regular files (`rosters/regular_files.py`) fast. Python's csv module reads all others,
because it accepts the deviations of real exports; each deviation becomes an issue of its row. The
number of records that DuckDB read is compared with ours, because its reader silently drops the rest
of a file after an unclosed quote (measured on DuckDB 2.0).
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.staging_database import scalar
from registry.database.statements import Statements
from registry.landing.archived_file import ArchivedFile
from rosters.byte_source import ByteSource
from rosters.layout import Layout
from rosters.records import read_records
from rosters.regular_files import count_regular_records

_SQL = Statements(__file__)
_BATCH_ROWS = 20_000
_BLANKS = "chr(32) || chr(9) || chr(10) || chr(13) || chr(160)"  # as macro `given` has them


def load_raw(
    connection: duckdb.DuckDBPyConnection, source: Path | ArchivedFile, layout: Layout
) -> int:
    """Create table `raw(line, fields, c0 … cN, surplus)`; return the number of records.

    `line` is the record's row number as a spreadsheet shows it, `fields` its number of cells,
    `surplus` the cells beyond the header's width. Blank records are left out, but their lines are
    counted.

    Example: the line `Ann,Lee,1977,f,x` below a header of four columns →
    `(2, 5, Ann, Lee, 1977, f, [x])`.

    Raises:
        FileFault: a quote is never closed, so the ends of rows are unknown.
    """
    expected = count_regular_records(source, layout)
    path = source if isinstance(source, Path) else source.path
    if expected is None or not _load_regular(connection, path, layout, expected):
        load_tolerantly(connection, source, layout)
    return _drop_blank(connection, layout)


def _load_regular(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, expected: int
) -> bool:
    """Read with DuckDB; False if its count differs or it refuses the file."""
    columns = {f"c{i}": "VARCHAR" for i in range(layout.width)}
    statement = _SQL["load_regular_rows"].format(width=layout.width, columns=columns)
    try:
        connection.execute(statement, {"path": str(path), "delimiter": layout.delimiter})
    except duckdb.Error:
        return False
    return scalar(connection, "SELECT count(*) FROM raw") == expected - 1


def load_tolerantly(
    connection: duckdb.DuckDBPyConnection, source: ByteSource, layout: Layout
) -> None:
    """Create table `raw` with Python's csv module, blank records included."""
    names = ["line", "fields", *(f"c{i}" for i in range(layout.width)), "surplus"]
    types = [pa.int32(), pa.int32(), *([pa.string()] * layout.width), pa.list_(pa.string())]
    schema = pa.schema(zip(names, types, strict=True))
    connection.register("batch", schema.empty_table())
    connection.execute("CREATE OR REPLACE TABLE raw AS SELECT * FROM batch")
    for batch in _batches(read_records(source, layout), layout.width, schema):
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute("INSERT INTO raw SELECT * FROM batch")
    connection.unregister("batch")


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
