"""The DuckDB file of one import, through which its stages pass tables on.

One engine serves every import of a process, because starting an engine and reading the macros takes
longer than all stages of a small file.
"""

import atexit
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from assets.attempt_work import AttemptWork
from registry.landing.disk_reserve import room_for_work
from registry.settings import Settings
from rosters.value_macros import load_macros
from schemas.errors import NotAllowed

BATCH_ROWS = 10_000
"""Rows that are in the memory of Python at a time; a row has some 250 bytes, its changes 2,000."""

_SMALL_BYTES = 1_000_000
"""Files up to this size, some 10,000 rows, take 10 to 18 % less processor time in one thread."""

_ROW_GROUP = 8192
"""Rows of a row group, the unit of work of a thread. With DuckDB's default of 122,880, a roster is
one row group and so the work of one thread."""


@contextmanager
def open_staging(
    work: AttemptWork, suffix: str = ".duckdb", *, fresh: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the import's staging file with this suffix; `fresh` starts an empty one.

    Raises:
        NotAllowed: there is no such file and `fresh` is False; an earlier stage must run first.
    """
    path = work.staging_path.with_suffix(suffix)
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in path.parent.glob(f"{path.name}*"):
            left_over.unlink()
    elif not path.exists():
        raise NotAllowed(
            f"the staging file {path.name} is gone; materialise all five stages together"
        )
    # Not below `work.staging_dir`, which a preview has for itself: all share one engine.
    engine = _engine(work.settings.duckdb_memory_limit, work.settings.staging_dir / "spill")
    _limit_spill(engine, work.settings)
    database = _database(path)
    connection = engine.cursor()
    try:
        connection.execute(
            f"ATTACH {literal(str(path))} AS {database} (ROW_GROUP_SIZE {_ROW_GROUP})"
        )
        connection.execute(f"SET search_path = {literal(f'{database},memory')}")
        connection.execute(_threads(work))
        yield connection
    finally:
        connection.close()
        engine.execute(f"DETACH DATABASE IF EXISTS {database}")


def copy_staged(connection: duckdb.DuckDBPyConnection, work: AttemptWork, table: str) -> None:
    """Copy a table that an earlier stage left into this connection's file, in place of its own.

    Raises:
        NotAllowed: nothing is staged any more.
    """
    with open_staging(work):
        connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS FROM {_database(work.staging_path)}.{table}"
        )


def _limit_spill(engine: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let DuckDB spill as much as there is room for, so that it never fills the disk.

    DuckDB 2.0 ignores a limit that is given when the engine starts.
    """
    used = scalar(engine, "SELECT sum(size) FROM duckdb_temporary_files()")
    limit = used + room_for_work(settings)
    engine.execute(f"SET GLOBAL max_temp_directory_size = '{limit} bytes'")


def remove_staging(work: AttemptWork) -> None:
    """Remove what the stages of an import handed to one another, unless it is kept on purpose."""
    if not work.settings.keep_staging:
        for each in work.staging_dir.glob(f"{work.staging_path.name}*"):
            each.unlink(missing_ok=True)


def _database(path: Path) -> str:
    """What the engine calls the file."""
    return '"' + path.stem.replace('"', '""') + '"'


def _threads(work: AttemptWork) -> str:
    """SQL that sets the number of threads; a small file takes longer with a second one."""
    if work.imported.byte_count <= _SMALL_BYTES:
        return "SET threads = 1"
    threads = work.settings.duckdb_threads
    return f"SET threads = {threads}" if threads else "RESET threads"


@cache
def _engine(memory_limit: str, spill_dir: Path) -> duckdb.DuckDBPyConnection:
    """The engine of this process, with the macros and their tables; imports are attached to it."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        # Uncompressed tables are written in a third of the time of compressed ones. Their size
        # matters less, because the file is temporary.
        "force_compression": "uncompressed",
        "wal_autocheckpoint": "4GB",
        "memory_limit": memory_limit,
        "temp_directory": str(spill_dir),
        # A roster is read once, and the cache would keep it.
        "enable_external_file_cache": "false",
        "autoinstall_known_extensions": "false",
    }
    engine = duckdb.connect(config=settings)
    load_macros(engine)
    return engine


# Closed before the interpreter ends, because DuckDB would print supposed leaks.
atexit.register(_engine.cache_clear)


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The single number that `sql` returns; 0 for NULL."""
    ((value,),) = connection.execute(sql).fetchall()
    return int(value or 0)


def create_table(
    connection: duckdb.DuckDBPyConnection, name: str, data: pa.Table | pl.DataFrame
) -> None:
    """Create or replace temporary table `name` with `data`."""
    # DuckDB finds the variable `arrow` by its name; registering it would double the time. Reading
    # Arrow takes half the time of reading polars.
    arrow = data.to_arrow() if isinstance(data, pl.DataFrame) else data  # noqa: F841
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow")


def create_table_in_batches(
    connection: duckdb.DuckDBPyConnection, name: str, batches: Iterable[pl.DataFrame]
) -> None:
    """Create or replace temporary table `name` with one frame after the other, at least one."""
    for place, batch in enumerate(batches):
        if place == 0:
            create_table(connection, name, batch)
        elif not batch.is_empty():
            arrow = batch.to_arrow()  # noqa: F841 - found by its name
            connection.execute(f"INSERT INTO {name} SELECT * FROM arrow")


def read_in_batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pl.DataFrame]:
    """The rows of `query`, a frame of some thousands at a time.

    It has no parameters: with them, DuckDB would hold all rows in memory at once. The connection
    serves nothing else until the last one.
    """
    for batch in connection.sql(query).to_arrow_reader(BATCH_ROWS):
        yield pl.DataFrame(pl.from_arrow(batch))
