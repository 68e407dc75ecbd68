"""How much the tables grow: rows and bytes per so many imported rows.

    python -m bench.table_growth --rows 100000 [--json]

Runs the `rosterline` command in a fresh, temporary ROSTERLINE_HOME: a file of new people, and the
same people again of whom a tenth moved, as a clinic's next nightly file has it. Bytes are those of
the table with its indexes, after `VACUUM`, that each of the two files added.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from psycopg import sql

from bench.home import ACCOUNT, SEED, in_a_home
from registry.database.connections import connect
from registry.settings import Settings
from synthetic.layouts import metriport_csv
from synthetic.people import people

_MOVED = 10
"""Every so many-th person of the second file has another address."""

_SIZES = """
SELECT
    coalesce(parent.relname, class.relname) AS name,
    sum(pg_total_relation_size(class.oid))::bigint AS bytes
FROM pg_class AS class
LEFT JOIN pg_inherits ON class.oid = pg_inherits.inhrelid
LEFT JOIN pg_class AS parent ON pg_inherits.inhparent = parent.oid
WHERE class.relkind = 'r' AND class.relnamespace = 'public'::regnamespace
GROUP BY coalesce(parent.relname, class.relname)
"""


@dataclass(frozen=True)
class Growth:
    """What one file added to a table."""

    file: str
    table: str
    rows: int
    bytes: int


def measure(rows: int) -> list[Growth]:
    """Import both files into a fresh registry; what each added to each table."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home, first, second = (Path(folder) / name for name in ("home", "new.csv", "again.csv"))
        metriport_csv(people(rows, SEED), first)
        _moved(first, second)
        settings = Settings(home=home, database_url=None)
        with in_a_home(home) as rosterline:
            rosterline("account", "add", ACCOUNT, "--format", "metriport")
            rosterline("facility", "add", "--account", ACCOUNT, "Main")
            grown, before = [], _sizes(settings)
            for name, file in (("new people", first), ("again, a tenth moved", second)):
                rosterline("import", str(file), "--account", ACCOUNT)
                after = _sizes(settings)
                grown += [
                    Growth(name, table, after[table][0] - before[table][0],
                           after[table][1] - before[table][1])
                    for table in after
                ]  # fmt: skip
                before = after
        return sorted(grown, key=lambda each: (each.file, -each.bytes))


def _moved(file: Path, target: Path) -> None:
    frame = pl.read_csv(file, infer_schema=False)
    street = next(name for name in frame.columns if name.lower().startswith("address"))
    moved = pl.int_range(pl.len()) % _MOVED == 0
    elsewhere = pl.lit("9 Elm Street")
    frame.with_columns(pl.when(moved).then(elsewhere).otherwise(street).alias(street)).write_csv(
        target
    )


def _sizes(settings: Settings) -> dict[str, tuple[int, int]]:
    with connect(settings) as connection:
        connection.autocommit = True
        connection.execute("VACUUM")
        sizes = connection.execute(_SIZES).fetchall()
        counted = {}
        for name, size in sizes:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            ((count,),) = connection.execute(query).fetchall()
            counted[name] = (count, size)
    return counted


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a line for each table that grew by a row."""
    parser = argparse.ArgumentParser(prog="python -m bench.table_growth", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows a file (default 100000)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    grown = [each for each in measure(asked.rows) if each.rows]
    if asked.json:
        sys.stdout.write(json.dumps([asdict(each) for each in grown]) + "\n")
        return
    for each in grown:
        megabytes = f"{each.bytes / 1e6:,.1f} MB"
        line = f"{each.file:<22} {each.table:<24} {each.rows:>10,} rows {megabytes:>12}"
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
