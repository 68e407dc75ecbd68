"""The SQL macros that take a cell and read its value, for every file and for a value by hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.code_lists import gender_words, languages, states
from schemas.name_folding import fold

if TYPE_CHECKING:
    import duckdb

_MACROS = tuple(Path(__file__).with_name("sql") / name for name in ("cells.sql", "macros.sql"))
"""How a cell is taken, then how each kind of value is read."""


def load_macros(connection: "duckdb.DuckDBPyConnection") -> None:
    """Define the macros in a DuckDB database, and the small tables and the function they read."""
    import pyarrow as pa  # noqa: PLC0415 - the portal loads it only for who corrects a value
    from duckdb.func import ARROW  # noqa: PLC0415 - as above

    connection.create_function("fold_beyond_ascii", _fold_each, ["VARCHAR"], "VARCHAR", type=ARROW)
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


def _fold_each(names: Any) -> Any:  # noqa: ANN401 - DuckDB evaluates types, pyarrow's are not here
    """Each name folded, of names that are written in letters beyond Latin; each spelling once.

    An array of Arrow in, one of the same length out.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above

    whole = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    spelled = whole.dictionary_encode()
    folded = [fold(name) for name in spelled.dictionary.to_pylist()]
    return pa.array(folded, pa.string()).take(spelled.indices)
