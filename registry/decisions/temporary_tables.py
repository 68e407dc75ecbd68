"""Temporary tables of a transaction: the steps by which undo and change sets work things out."""

from psycopg import Connection


def make_temporary(
    connection: Connection,
    name: str,
    query: str,
    values: dict[str, object] | None = None,
    *,
    key: str | None = None,
) -> None:
    """Make a temporary table of what `query` returns, with the statistics that PostgreSQL plans by.

    `key` names columns to index, for tables that are joined to some without statistics. A table of
    this name that the transaction used before is dropped.
    """
    connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    connection.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}", values)
    if key:
        connection.execute(f"CREATE INDEX ON {name} ({key})")
    connection.execute(f"ANALYZE {name}")


def make_empty(connection: Connection, name: str, columns: str) -> None:
    """Make an empty temporary table; one that the transaction used before is dropped."""
    connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    connection.execute(f"CREATE TEMPORARY TABLE {name} {columns} ON COMMIT DROP")
