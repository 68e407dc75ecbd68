"""The SQL macros that take a cell and read its value, for every file and for a value by hand."""

from pathlib import Path
from typing import TYPE_CHECKING

from schemas.code_lists import gender_words, languages, states

if TYPE_CHECKING:
    import duckdb

_MACROS = tuple(Path(__file__).with_name("sql") / name for name in ("cells.sql", "macros.sql"))
"""How a cell is taken, then how each kind of value is read."""


def load_macros(connection: "duckdb.DuckDBPyConnection") -> None:
    """Define the macros in a DuckDB database, and the small tables that they read."""
    import pyarrow as pa  # noqa: PLC0415 - the portal loads it only for who corrects a value

    lists = {"states": states(), "languages": languages(), "gender_words": gender_words()}
    for name, spellings in lists.items():
        table = pa.table({"spelling": list(spellings), "code": list(spellings.values())})
        connection.register("given_table", table)
        connection.execute(f"CREATE TABLE {name} AS FROM given_table")
        connection.unregister("given_table")
    # For an account with its own levels, a temporary table of this name takes precedence.
    connection.execute("CREATE TABLE risk_levels (level VARCHAR)")
    for macros in _MACROS:
        connection.execute(macros.read_text())
