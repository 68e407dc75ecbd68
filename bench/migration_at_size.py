"""How long the migration to tables by month takes in a large registry, and how long it locks.

    python -m bench.migration_at_size --rows 3000000

Makes a registry of revision 0025 in a new database beside that of ROSTERLINE_DATABASE_URL, or of
the embedded server in a temporary home. It fills the tables that grow with so many rows and brings
them up to date; another connection writes until the migration itself begins. Then the same without
the constraints that are validated beforehand.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import command
from psycopg import sql

from registry.database.connections import connect, database_url, engine, stop_embedded
from registry.database.month_partitions import PARTITIONED
from registry.migrations import alembic_config, migrate, prepare
from registry.settings import Settings

NAME = "rosterline_bench_size"
BEFORE = "0028"
FILL = """
WITH row AS (
    SELECT
        line,
        -- A thousand rows an import, an import a minute until now.
        (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - line / 1000 * 60000), 12, '0')
            || '7000800000000000' || lpad(to_hex(line / 1000), 4, '0'))::uuid AS import_id,
        md5(line::text)::uuid AS patient_id
    FROM generate_series(1, {rows}) AS line
),
ledger AS (
    INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)
    SELECT import_id, 1, line, 'created', patient_id FROM row
),
issues AS (
    INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, message)
    SELECT import_id, 1, line, 1, 'not_a_date', 'error', 'Birthday: not a date' FROM row
    WHERE line % 10 = 0
)
INSERT INTO patient_change (patient_id, import_id, attempt, line, received_at, changes)
SELECT patient_id, import_id, 1, line, now(),
    '{{"first_name": [null, "Ada"], "last_name": [null, "Sample"], "city": [null, "Boston"]}}'
FROM row
"""


@contextmanager
def registry(rows: int) -> Iterator[Settings]:
    """A registry of the revision before, with so many rows, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        own = Settings(home=Path(folder) / "home")
        server = database_url(own)
        name = sql.Identifier(NAME)
        try:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            base, _, query = server.partition("?")
            url = f"{base.rpartition('/')[0]}/{NAME}{'?' if query else ''}{query}"
            filled = own.model_copy(update={"database_url": url})
            _fill(filled, rows)
            yield filled
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        finally:
            if own.database_url is None:
                stop_embedded(own)


def _fill(settings: Settings, rows: int) -> None:
    database = engine(settings)
    with database.begin() as begun:
        command.upgrade(alembic_config(begun), BEFORE)
    database.dispose()
    with connect(settings) as connection:
        connection.autocommit = True
        connection.execute(FILL.format(rows=rows).encode())
        connection.execute("VACUUM ANALYZE")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure with and without preparation, and print a line each."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.migration_at_size", description=main.__doc__
    )
    parser.add_argument("--rows", type=int, default=3_000_000, help="rows of files")
    asked = parser.parse_args(arguments)
    for is_prepared in (True, False):
        with registry(asked.rows) as settings:
            sys.stdout.write(f"{_measure(settings, is_prepared=is_prepared)}\n")


def _measure(settings: Settings, *, is_prepared: bool) -> str:
    over, waits = threading.Event(), [0.0]
    writer = threading.Thread(target=_write, args=(settings, over, waits))
    began = time.perf_counter()
    if is_prepared:
        writer.start()
        prepare(settings)
        over.set()
        writer.join()
    prepared = time.perf_counter()
    locked = _migrate_only(settings) if not is_prepared else _timed(settings)
    with connect(settings) as connection:
        (size,) = connection.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
            " WHERE inhparent = ANY(%s::regclass[])", (list(PARTITIONED),),
        ).fetchone() or (0,)  # fmt: skip
    return (
        f"prepared: {is_prepared}; {float(size) / 1e9:.2f} GB; prepare {prepared - began:.2f} s, in"
        f" which a writer waited {waits[0]:.3f} s at most; migration under lock {locked:.2f} s"
    )


def _timed(settings: Settings) -> float:
    began = time.perf_counter()
    migrate(settings)
    return time.perf_counter() - began


def _migrate_only(settings: Settings) -> float:
    """The revisions alone, as if nothing had been prepared."""
    database = engine(settings)
    began = time.perf_counter()
    with database.begin() as begun:
        command.upgrade(alembic_config(begun), "head")
    took = time.perf_counter() - began
    database.dispose()
    return took


def _write(settings: Settings, over: threading.Event, waits: list[float]) -> None:
    with connect(settings) as connection:
        connection.autocommit = True
        ordinal = 0
        while not over.is_set():
            ordinal += 1
            began = time.perf_counter()
            connection.execute(
                "INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, message)"
                " VALUES ('019b0000-0000-7000-8000-000000000000', 1, 2, %s, 'x', 'error', 'x')",
                (ordinal % 30_000,),
            )
            waits[0] = max(waits[0], time.perf_counter() - began)
            time.sleep(0.002)


if __name__ == "__main__":
    main()
