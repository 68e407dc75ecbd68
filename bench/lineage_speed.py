"""How long the lineage of one patient takes in a registry with millions of changes.

    python -m bench.lineage_speed --changes 5000000 [--json]

Fills a fresh registry by SQL: ten nightly files changed each patient, with a row in the ledger for
every change. Then it reads the lineage of patients that were not read before, by the registry's
functions and by the command `rosterline lineage`, whose time is mostly the start of Python and its
libraries.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import add_account
from registry.database.connections import connect, stop_embedded
from registry.migrations import migrate
from registry.patients.history import owner_of, read_record, read_refused_values
from registry.patients.value_history import value_histories
from registry.settings import Settings

CHANGES_EACH = 10
_CALLS = 50
_COMMANDS = 5
_COMMAND = str(Path(sys.executable).with_name("rosterline"))

_FILL = (
    """INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count,
        received_at, partition_key, state)
    SELECT md5('import ' || n)::uuid, %(account)s, 'ptdirect', 'sftp', 'roster.csv', '', 0,
        timestamptz '2026-01-01' + n * interval '1 day', 'bench-' || n, 'completed'
    FROM generate_series(1, %(each)s) n""",
    """INSERT INTO attempt (import_id, number, state, run_id)
    SELECT md5('import ' || n)::uuid, 1, 'finished', gen_random_uuid()
    FROM generate_series(1, %(each)s) n""",
    """INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year, gender)
    SELECT md5('patient ' || p)::uuid, %(account)s, p, 'First ' || p, 'Last ' || p, 1961, 'F'
    FROM generate_series(1, %(patients)s) p""",
    """INSERT INTO patient_contact (patient_id, item, value)
    SELECT md5('patient ' || p)::uuid, 'email/main', 'p' || p || '@night-' || %(each)s || '.example'
    FROM generate_series(1, %(patients)s) p""",
    """INSERT INTO patient_change (patient_id, import_id, attempt, line, received_at, changes)
    SELECT md5('patient ' || p)::uuid, md5('import ' || n)::uuid, 1, p,
        timestamptz '2026-01-01' + n * interval '1 day',
        json_build_object('contact/email/main/value', json_build_array(
            CASE WHEN n > 1 THEN 'p' || p || '@night-' || n - 1 || '.example' END,
            'p' || p || '@night-' || n || '.example'))
    FROM generate_series(1, %(each)s) n, generate_series(1, %(patients)s) p""",
    """INSERT INTO import_row (import_id, attempt, line, outcome, patient_id, confirmed)
    SELECT md5('import ' || n)::uuid, 1, p, 'updated', md5('patient ' || p)::uuid, 0
    FROM generate_series(1, %(each)s) n, generate_series(1, %(patients)s) p""",
)


@dataclass(frozen=True)
class Measured:
    """Milliseconds, median and maximum; `cpu` is the median processor time of the command."""

    changes: int
    call: float
    worst_call: float
    command: float
    worst_command: float
    command_cpu: float


def measure(changes: int) -> Measured:
    """Fill a fresh registry with `changes` changes, and measure."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        settings = Settings(home=Path(folder))
        try:
            migrate(settings)
            with connect(settings) as connection:
                _fill(connection, changes // CHANGES_EACH)
                ids = _some_ids(connection, _CALLS + _COMMANDS)
                calls = [_milliseconds(partial(_ask, connection, each)) for each in ids[:_CALLS]]
            commands = [_run(settings, each) for each in ids[_CALLS:]]
        finally:
            stop_embedded(settings)
    walls, cpus = zip(*commands, strict=True)
    return Measured(
        changes, statistics.median(calls), max(calls), statistics.median(walls), max(walls),
        statistics.median(cpus),
    )  # fmt: skip


def _fill(connection: Connection, patients: int) -> None:
    account = add_account(connection, "bench", "ptdirect")
    terms = {"account": account.id, "each": CHANGES_EACH, "patients": patients}
    for statement in _FILL:
        connection.execute(statement.encode(), terms)
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def _some_ids(connection: Connection, count: int) -> list[UUID]:
    rows = connection.execute(
        "SELECT id FROM patient ORDER BY md5(id::text) LIMIT %s", (count,)
    ).fetchall()
    return [patient_id for (patient_id,) in rows]


def _ask(connection: Connection, patient_id: UUID) -> None:
    account_id, _ = owner_of(connection, patient_id)
    traces = value_histories(
        read_record(connection, account_id, patient_id), read_refused_values(connection, patient_id)
    )
    steps = max(len(trace.steps) for trace in traces)
    if steps != CHANGES_EACH:
        raise AssertionError(f"{steps} changes, not {CHANGES_EACH}")


def _milliseconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def _run(settings: Settings, patient_id: UUID) -> tuple[float, float]:
    """Wall and processor milliseconds of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = _milliseconds(
        lambda: subprocess.run(
            [_COMMAND, "lineage", str(patient_id), "--json"],
            env=os.environ | settings.as_environment(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=5_000_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.changes)
    if arguments.json:
        print(json.dumps(asdict(found)))  # noqa: T201 - it is a command
        return
    lines = [
        f"{found.changes:,} changes, milliseconds (median, worst)",
        f"  registry call       {found.call:8.1f} {found.worst_call:8.1f}",
        f"  rosterline lineage  {found.command:8.1f} {found.worst_command:8.1f}",
        f"    of it, processor  {found.command_cpu:8.1f}",
    ]
    print("\n".join(lines))  # noqa: T201 - it is a command


if __name__ == "__main__":
    main()
