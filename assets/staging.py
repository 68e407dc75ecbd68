"""The DuckDB file of one import: where its stages hand their tables to one another."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from schemas.errors import NotAllowed

_ROW_GROUP = 8192
"""Rows of a group, the unit a thread takes: of DuckDB's usual 122,880 a roster is one."""


@contextmanager
def open_staging(
    path: Path, memory_limit: str, threads: int | None, *, fresh: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The staging database at `path`; `fresh` starts an empty one.

    Raises:
        NotAllowed: it is not there and `fresh` is False; an earlier stage must run again first.
    """
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left_over in path.parent.glob(f"{path.name}*"):
            left_over.unlink()
    elif not path.exists():
        raise NotAllowed(
            f"the staging file {path.name} is gone; materialise from `landed_files` on"
        )
    settings: dict[str, str | bool | int | float | list[str]] = {
        # The file lives as long as its import is of interest; writing it fast counts for more
        # than its size (measured: a third of the time of compressed tables).
        "force_compression": "uncompressed",
        "wal_autocheckpoint": "4GB",
        "memory_limit": memory_limit,
        "temp_directory": str(path.with_suffix(".spill")),
        "autoinstall_known_extensions": "false",
    }
    if threads is not None:
        settings["threads"] = threads
    quoted = str(path).replace("'", "''")
    connection = duckdb.connect(config=settings)
    try:
        connection.execute(f"ATTACH '{quoted}' AS staging (ROW_GROUP_SIZE {_ROW_GROUP})")
        connection.execute("USE staging")
        yield connection
    finally:
        connection.close()


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The single number that `sql` gives."""
    ((value,),) = connection.execute(sql).fetchall()
    return int(value or 0)


def create_table(
    connection: duckdb.DuckDBPyConnection, name: str, data: pa.Table | pl.DataFrame
) -> None:
    """Create or replace temporary table `name` with `data`."""
    connection.register("given_table", data)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_table")
    connection.unregister("given_table")
