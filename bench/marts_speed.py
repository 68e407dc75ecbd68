"""How long a build of the marts takes: over a ledger of a million rows, then after 100,000 more.

    python -m bench.marts_speed --rows 1000000 --more 100000 [--json]

The ledger is made by SQL in a fresh, temporary ROSTERLINE_HOME with an embedded PostgreSQL: imports
of 10,000 rows, one an hour, and then one of 100,000; an issue for every second row, and a change of
eight facts for each row that was created or updated. The first build is a `dbt build` with all its
data tests; the others leave out the views, as Dagster's builds do. The figures are the elapsed
seconds, and the processor time of dbt's process without PostgreSQL's.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.marts.dbt_files import DBT, DBT_DIR
from pipelines.marts.views import WITHOUT_VIEWS
from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import add_account
from registry.database.connections import connect, stop_embedded
from registry.migrations import migrate
from registry.settings import Settings

IMPORT_ROWS = 10_000
SHOWN = 6

_IMPORTS = """
INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count, received_at,
    partition_key, state)
SELECT gen_random_uuid(), %(account)s, 'metriport', 'api', 'x', 'x', 1,
    now() - make_interval(hours => n), %(batch)s || '_' || n, 'completed'
FROM generate_series(1, %(imports)s) n
"""
_ATTEMPTS = """
INSERT INTO attempt (import_id, number, state, started_at, finished_at, records, created, updated,
    unchanged, errored)
SELECT id, 1, 'finished', received_at, received_at,
    %(rows)s, %(rows)s / 2, %(rows)s / 4, %(rows)s / 8,
    %(rows)s - %(rows)s / 2 - %(rows)s / 4 - %(rows)s / 8
FROM import WHERE partition_key LIKE %(batch)s || '%%'
"""
_ROWS = """
INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)
SELECT id, 1, n + 1, (CASE WHEN n <= %(rows)s / 2 THEN 'created' WHEN n <= %(rows)s * 3 / 4
    THEN 'updated' WHEN n <= %(rows)s * 7 / 8 THEN 'unchanged' ELSE 'errored' END)::outcome,
    gen_random_uuid()
FROM import, generate_series(1, %(rows)s) n WHERE partition_key LIKE %(batch)s || '%%'
"""
_ISSUES = """
INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, column_name, message)
SELECT import_id, 1, line, 0, (ARRAY['invalid_phone', 'zip_padded', 'not_a_date'])[1 + line %% 3],
    'warning', (ARRAY['phone', 'zip', 'dob'])[1 + line %% 3], 'x'
FROM import_row JOIN import ON id = import_id
WHERE line %% 2 = 0 AND partition_key LIKE %(batch)s || '%%'
"""
_CHANGES = """
INSERT INTO patient_change (patient_id, import_id, attempt, line, received_at, changes)
SELECT patient_id, import_id, 1, line, received_at, json_build_object(
    'first_name', '[null, "A"]'::json, 'last_name', '[null, "B"]'::json,
    'birth_date', '[null, "1950-01-01"]'::json, 'gender', '[null, "F"]'::json,
    'address/home/line1', '[null, "1 Street"]'::json, 'address/home/city', '[null, "C"]'::json,
    'address/home/state', '[null, "ME"]'::json, 'address/home/postal_code', '["1", "2"]'::json)
FROM import_row JOIN import ON id = import_id
WHERE outcome IN ('created', 'updated') AND partition_key LIKE %(batch)s || '%%'
"""


@dataclass(frozen=True)
class Measured:
    """A build: elapsed seconds, processor seconds of dbt's process, and the slowest steps."""

    name: str
    rows: int
    seconds: float
    dbt_cpu_seconds: float
    slowest: dict[str, float]


def measure(rows: int, more: int) -> list[Measured]:
    """Measure the first build over `rows` rows, one after `more` rows, and one without new rows."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        settings = Settings(home=Path(folder), database_url=None)
        try:
            migrate(settings)
            with connect(settings) as connection:
                account = add_account(connection, "bench", "metriport").id
            _fill(settings, account, "first", rows // IMPORT_ROWS, IMPORT_ROWS)
            found = [_build(settings, "first", rows)]
            _fill(settings, account, "more", 1, more)
            found.append(_build(settings, "after one more import", more, *WITHOUT_VIEWS))
            found.append(_build(settings, "nothing new", 0, *WITHOUT_VIEWS))
            return found
        finally:
            stop_embedded(settings)


def _fill(settings: Settings, account: int, batch: str, imports: int, rows: int) -> None:
    with connect(settings) as connection:
        asked = {"account": account, "batch": batch, "imports": imports, "rows": rows}
        for statement in (_IMPORTS, _ATTEMPTS, _ROWS, _ISSUES, _CHANGES):
            connection.execute(statement, asked)
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


def _build(settings: Settings, name: str, rows: int, *options: str) -> Measured:
    environment = os.environ | dagster_environment(settings)
    environment |= {
        "DBT_TARGET_PATH": str(settings.marts_dir),
        "DBT_LOG_PATH": str(settings.log_dir),
    }
    files = str(DBT_DIR)
    command = [
        str(DBT), "build", "--quiet", "--exclude-resource-type", "unit_test", *options,
        "--project-dir", files, "--profiles-dir", files,
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(name, rows, round(seconds, 1), round(cpu, 1), _slowest(settings.marts_dir))


def _slowest(folder: Path) -> dict[str, float]:
    """Seconds of the slowest models and tests."""
    results = json.loads((folder / "run_results.json").read_text())["results"]
    took = {each["unique_id"].split(".")[2]: each["execution_time"] for each in results}
    longest = sorted(took, key=lambda name: took[name], reverse=True)[:SHOWN]
    return {name: round(took[name], 1) for name in longest}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--more", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = measure(asked.rows, asked.more)
    if asked.json:
        print(json.dumps([asdict(each) for each in found], indent=2))  # noqa: T201
        return
    for each in found:
        took = f"{each.seconds} s, of which dbt {each.dbt_cpu_seconds} s"
        slowest = ", ".join(f"{name} {seconds}" for name, seconds in each.slowest.items())
        print(f"{each.name}: {each.rows:,} rows, {took}; {slowest}")  # noqa: T201


if __name__ == "__main__":
    main()
