"""The floor: COPY into a temporary table, then one INSERT … ON CONFLICT into the table.

A row that is there with the same values is not written again. Nothing that keeps rows in a table of
PostgreSQL under a key does less.
"""

import csv
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from bench.compare.loads import TABLE, Steps

_BLOCK_BYTES = 1 << 20

_MAKE = """
CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY ({key}));
CREATE TEMPORARY TABLE arrived AS SELECT * FROM {table} WITH NO DATA
"""
_MERGE = """
INSERT INTO {table} SELECT * FROM arrived
ON CONFLICT ({key}) DO UPDATE SET {assigned}
WHERE {table}.* IS DISTINCT FROM excluded.*
"""


def main(url: str, file: Path, key: str) -> None:
    """Load the file, in one transaction."""
    steps = Steps()
    with file.open(newline="") as opened:
        columns = [sql.Identifier(name) for name in next(csv.reader(opened))]
    names = {
        "table": sql.Identifier(TABLE),
        "key": sql.Identifier(key),
        "columns": sql.SQL(", ").join(sql.SQL("{} text").format(each) for each in columns),
        "assigned": sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(c) for c in columns),
    }
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL(_MAKE).format(**names))
        with (
            steps.timed("copy"),
            file.open("rb") as opened_again,
            connection.cursor() as cursor,
            cursor.copy("COPY arrived FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            while block := opened_again.read(_BLOCK_BYTES):
                copy.write(block)
        with steps.timed("insert"):
            connection.execute(sql.SQL(_MERGE).format(**names))
            connection.commit()
    steps.tell()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
