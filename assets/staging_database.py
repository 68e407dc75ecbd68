"""The DuckDB file of one import: where its stages hand their tables to one another.

One engine serves every import of a process: to start one and read the macros takes longer than
all stages over a small file.
"""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from assets.attempt_work import AttemptWork
from schemas.code_lists import gender_words, languages, states
from schemas.errors import NotAllowed

_MACROS = tuple(Path(__file__).with_name("sql") / name for name in ("cells.sql", "macros.sql"))
"""How a cell is taken, then how each kind of value is read."""

_SMALL_BYTES = 1_000_000
"""Files up to here, some 10,000 rows, take 10 to 18 % less processor time in one thread."""

_ROW_GROUP = 8192
"""Rows of a group, the unit a thread takes: of DuckDB's usual 122,880 a roster is one."""


@contextmanager
def open_staging(
    work: AttemptWork, suffix: str = ".duckdb", *, fresh: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The import's staging database with this suffix, and the macros; `fresh` starts an empty one.

    Raises:
        NotAllowed: it is not there and `fresh` is False; an earlier stage must run again first.
    """
    path = work.staging_path.with_suffix(suffix)
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left_over in path.parent.glob(f"{path.name}*"):
            left_over.unlink()
    elif not path.exists():
        raise NotAllowed(
            f"the staging file {path.name} is gone; materialise from `landed_files` on"
        )
    engine = _engine(work.settings.duckdb_memory_limit, work.staging_dir / "spill")
    database = '"' + path.stem.replace('"', '""') + '"'
    connection = engine.cursor()
    try:
        connection.execute(
            f"ATTACH {_literal(str(path))} AS {database} (ROW_GROUP_SIZE {_ROW_GROUP})"
        )
        connection.execute(f"SET search_path = {_literal(f'{database},memory')}")
        connection.execute(_threads(work))
        yield connection
    finally:
        connection.close()
        engine.execute(f"DETACH DATABASE IF EXISTS {database}")


def _threads(work: AttemptWork) -> str:
    """SQL that gives the engine its threads; a small file takes longer if a second one is woken."""
    if work.imported.byte_count <= _SMALL_BYTES:
        return "SET threads = 1"
    threads = work.settings.duckdb_threads
    return f"SET threads = {threads}" if threads else "RESET threads"


@cache
def _engine(memory_limit: str, spill_dir: Path) -> duckdb.DuckDBPyConnection:
    """The process's engine: no tables but those of the macros; imports are attached to it."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        # The file lives as long as its import is of interest; writing it fast counts for more
        # than its size (measured: a third of the time of compressed tables).
        "force_compression": "uncompressed",
        "wal_autocheckpoint": "4GB",
        "memory_limit": memory_limit,
        "temp_directory": str(spill_dir),
        "autoinstall_known_extensions": "false",
    }
    engine = duckdb.connect(config=settings)
    load_macros(engine)
    return engine


# Left to the end of the interpreter, DuckDB prints what it takes for leaks.
atexit.register(_engine.cache_clear)


def load_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros of all stages and the small tables that they look into."""
    lists = {"states": states(), "languages": languages(), "gender_words": gender_words()}
    for name, spellings in lists.items():
        table = pa.table({"spelling": list(spellings), "code": list(spellings.values())})
        connection.register("given_table", table)
        connection.execute(f"CREATE TABLE {name} AS FROM given_table")
        connection.unregister("given_table")
    # An account that has its own puts a temporary table of this name before it.
    connection.execute("CREATE TABLE risk_levels (level VARCHAR)")
    for macros in _MACROS:
        connection.execute(macros.read_text())


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The single number that `sql` gives."""
    ((value,),) = connection.execute(sql).fetchall()
    return int(value or 0)


def create_table(
    connection: duckdb.DuckDBPyConnection, name: str, data: pa.Table | pl.DataFrame
) -> None:
    """Create or replace temporary table `name` with `data`."""
    # DuckDB finds it in this frame, by its name: to register it would take as long again. And
    # Arrow it takes in half the time that polars takes it.
    arrow = data.to_arrow() if isinstance(data, pl.DataFrame) else data  # noqa: F841
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow")
