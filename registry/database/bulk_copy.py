"""Moving whole tables between polars and PostgreSQL with COPY, never row by row.

The data travels as CSV, which polars writes and reads vectorised. A blank field is NULL; that loses
nothing, because the canonical patient has no empty texts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

import polars as pl
from psycopg import Connection, sql

CsvQuoteStyle = Literal["always", "necessary"]

_ROWS_AT_A_TIME = 10_000
"""Few enough that PostgreSQL has rows to store while the next ones are written as CSV."""

_BATCH_BYTES = 1 << 23
"""Rows that PostgreSQL sends are parsed together once they are so many bytes."""

_FEW_ROWS = 1_000
"""Up to so many rows a table is not analysed: PostgreSQL assumes about as many for a table without
statistics, and ANALYZE would be one more round trip for each table of a small file."""

_ALL_PAGES_ARE_NEAR = "SET LOCAL random_page_cost = 1.1"
"""PostgreSQL's default of 4 is that of a spinning disk. With it, 100,000 names are looked up among
ten million patients by reading all of these: 6 s in place of 1 s by the index."""


def copy_in(connection: Connection, table: str, frame: pl.DataFrame) -> None:
    """Append `frame` to `table`; the frame's column names are the table's.

    A frame of one column must have no nulls.
    """
    copy_in_batches(connection, table, [frame])


def copy_in_batches(connection: Connection, table: str, batches: Iterable[pl.DataFrame]) -> int:
    """Append one frame after the other to `table`; returns how many rows that were.

    All have the same columns, and what was copied of one is dropped before the next one is made:
    a table of any size takes the memory of a batch.
    """
    filled = (frame for frame in batches if not frame.is_empty())
    first = next(filled, None)
    if first is None:
        return 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, first.columns))
    )
    # Before PostgreSQL 18, the value "\." alone on a line ends the data, unless it is quoted.
    style: CsvQuoteStyle = "always" if first.width == 1 else "necessary"
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for frame in chain([first], filled):
            count += frame.height
            for rows in frame.iter_slices(_ROWS_AT_A_TIME):
                copy.write(rows.write_csv(include_header=False, quote_style=style).encode())
    return count


def copy_in_temporary(
    connection: Connection,
    table: str,
    types: Mapping[str, str],
    data: pl.DataFrame | Iterable[pl.DataFrame],
) -> int:
    """Create temporary `table` for this transaction and fill it; `types` are PostgreSQL's.

    It has keys of what is looked up in a registry that may be a hundred times as large. So until
    the transaction ends, PostgreSQL expects a page anywhere to cost about as much as the next one.

    Returns how many rows it has.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    made = f"{_ALL_PAGES_ARE_NEAR}; CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP"
    connection.execute(made.encode())
    batches = [data] if isinstance(data, pl.DataFrame) else data
    count = copy_in_batches(connection, table, (each.select(list(types)) for each in batches))
    if count > _FEW_ROWS:
        connection.execute(f"ANALYZE {table}".encode())
    return count


def copy_out(
    connection: Connection, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pl.DataFrame:
    """All rows of `query` at once, every column as text; NULL is null."""
    return pl.concat(copy_out_in_batches(connection, query, parameters))


def copy_out_in_batches(
    connection: Connection, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[pl.DataFrame]:
    """The rows of `query` as frames like those of `copy_out`; the last one may be empty.

    A frame is given before later rows are read: a result of any size takes the memory of a batch.
    """
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER true)".encode()
    with connection.cursor() as cursor, cursor.copy(statement, parameters or None) as copy:
        header = bytes(copy.read())
        batch = bytearray(header)
        for row in copy:  # whole rows: PostgreSQL's protocol has a message for each
            batch += row
            if len(batch) >= _BATCH_BYTES:
                yield pl.read_csv(bytes(batch), infer_schema=False)
                batch = bytearray(header)
        yield pl.read_csv(bytes(batch), infer_schema=False)
