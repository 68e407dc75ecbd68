"""What partitions by month cost: the writes of an import, and looking up a patient's rows.

    python -m bench.months_speed --rows 100000 --rounds 5

In a temporary home, writes the rows of an import with COPY into a plain table and into
partitioned ones of 5 and of 60 months, in turns, and reads rows of a patient and of an import.
Prints processor seconds of PostgreSQL's process, the median of the rounds.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import polars as pl
import psutil
from psycopg import Connection, sql

from registry.database.bulk_copy import copy_in
from registry.database.connections import connect, stop_embedded
from registry.database.month_partitions import make_partition, start_of_month
from registry.ids import new_id
from registry.migrations import migrate
from registry.settings import Settings

TABLES = {"plain": 0, "by month, 5": 5, "by month, 60": 60}
KEYS = {
    "import_row": "import_id, attempt, line",
    "patient_change": "patient_id, import_id, attempt, line",
}
INDEXES = {
    "import_row": ("(patient_id) WHERE patient_id IS NOT NULL",),
    "patient_change": ("(patient_id) WHERE attempt = 0", "(import_id) WHERE attempt = 0"),
}
LOOK_UPS = 2_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a line for each kind of table."""
    parser = argparse.ArgumentParser(prog="python -m bench.months_speed", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of an import")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all kinds of table")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        settings = Settings(home=Path(folder) / "home", database_url=None)
        try:
            migrate(settings)
            with connect(settings) as connection:
                for line in _measure(connection, asked.rows, asked.rounds):
                    sys.stdout.write(line + "\n")
        finally:
            stop_embedded(settings)


def _measure(connection: Connection, rows: int, rounds: int) -> list[str]:
    now = datetime.now(UTC)
    server = psutil.Process(connection.info.backend_pid)
    for kind, months in TABLES.items():
        for table in KEYS:
            _make(connection, table, _name(table, kind), months, now)
    connection.commit()
    taken: dict[str, list[float]] = {kind: [] for kind in TABLES}
    for number in range(rounds):
        frames = _frames(rows, now + timedelta(seconds=number))
        for kind, seconds in taken.items():
            seconds.append(_cpu_seconds(server, partial(_write, connection, kind, frames)))
    import_id, *_ = frames["import_row"]["import_id"]
    patients = frames["import_row"]["patient_id"].to_list()[:LOOK_UPS]
    return [
        f"{kind:<14} write {rows:,} rows and changes {statistics.median(taken[kind]):.2f} s"
        f" ({', '.join(f'{each:.2f}' for each in taken[kind])});"
        f" a patient's rows {_look_ups(connection, server, kind, 'patient_id', patients):.2f} ms;"
        f" count an import's rows"
        f" {_look_ups(connection, server, kind, 'import_id', [import_id] * rounds):.1f} ms"
        for kind in TABLES
    ]


def _look_ups(
    connection: Connection, server: psutil.Process, kind: str, column: str, values: Sequence[str]
) -> float:
    """Milliseconds of one look-up."""
    connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(_name("import_row", kind))))
    connection.commit()
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
        sql.Identifier(_name("import_row", kind)), sql.Identifier(column)
    )

    def look_up() -> None:
        for value in values:
            connection.execute(query, (value,), prepare=False).fetchall()

    look_up()
    return _cpu_seconds(server, look_up) / len(values) * 1000


def _name(table: str, kind: str) -> str:
    return f"bench_{table}_{TABLES[kind]}"


def _make(connection: Connection, table: str, name: str, months: int, now: datetime) -> None:
    names = {"name": sql.Identifier(name), "table": sql.Identifier(table)}
    by = " PARTITION BY RANGE (import_id)" if months else ""
    key = f"PRIMARY KEY ({KEYS[table]})"
    make = f"CREATE TABLE {{name}} (LIKE {{table}} INCLUDING DEFAULTS, {key}){by}"
    connection.execute(sql.SQL(make).format(**names))
    for index in INDEXES[table]:
        connection.execute(sql.SQL("CREATE INDEX ON {name} " + index).format(**names))
    for month in range(months):
        lower = start_of_month(now, month - months + 2)
        make_partition(connection, name, lower, start_of_month(lower, 1))


def _frames(rows: int, at: datetime) -> dict[str, pl.DataFrame]:
    import_id = new_id(at)
    same = {"import_id": [str(import_id)] * rows, "attempt": [1] * rows}
    patients = [str(UUID(int=new_id(at).int & ~0xFFFFFFFF | line)) for line in range(rows)]
    lines = list(range(2, rows + 2))
    changes = '{"first_name": [null, "Ada"], "last_name": [null, "Sample"], "city": [null, "Rome"]}'
    return {
        "import_row": pl.DataFrame(
            same | {"line": lines, "outcome": ["created"] * rows, "patient_id": patients}
        ),
        "patient_change": pl.DataFrame(
            {"patient_id": patients}
            | same
            | {"line": lines, "received_at": [at.isoformat()] * rows, "changes": [changes] * rows}
        ),
    }


def _write(connection: Connection, kind: str, frames: dict[str, pl.DataFrame]) -> None:
    for table, frame in frames.items():
        copy_in(connection, _name(table, kind), frame)
    connection.commit()


def _cpu_seconds(server: psutil.Process, work: Callable[[], None]) -> float:
    """Processor time that the server's process took for it: what others do does not count."""
    before = server.cpu_times()
    work()
    after = server.cpu_times()
    return (after.user - before.user) + (after.system - before.system)


if __name__ == "__main__":
    main()
