"""What a file of a night costs beside its rows: a run over many small files, in this process.

    python -m bench.night --files 50 --rows 200 [--accounts 1] [--profile 40] [--json]

Files of new people are entered in a fresh home and taken through the job of the schedule, in the
batches that it asks for, one run after the other. Told are processor seconds for a file, of this
process and of PostgreSQL, and transactions; with `--profile`, calls and seconds of the functions
that took most. The first run is not counted: it loads libraries and plans what is kept afterwards.
"""

import argparse
import cProfile
import json
import pstats
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from dagster import DagsterInstance
from psycopg import Connection

from assets.partitions import CLAIMED
from bench.compare import rosters
from bench.compare.server import spent
from bench.home import in_a_home
from pipelines.command_runs import instance_of
from pipelines.definitions import defs
from pipelines.jobs import nightly_import
from pipelines.run_requests import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from pipelines.runs_of_imports import PARTITIONS
from registry.accounts.accounts import add_account, get_account
from registry.database.connections import connect
from registry.database.embedded_server import find_postmaster
from registry.landing.receive import Arrival, archive, enter
from registry.ledger.due_imports import Batch, due_batches
from registry.settings import Settings

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def measure(
    files: int, rows: int, accounts: int, profile: cProfile.Profile | None
) -> dict[str, object]:
    """Processor seconds and transactions for a file."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home = Path(folder) / "home"
        with in_a_home(home) as rosterline:
            rosterline("account", "add", "warm", "--format", "thoroughcare")
            settings = Settings(home=home, database_url=None)
            with instance_of(settings) as instance:
                with connect(settings) as connection:
                    _fill(connection, settings, ["warm"], 2, rows, first=10_000_000)
                _run_all(instance, settings)
                with connect(settings) as connection:
                    names = [f"clinic-{number}" for number in range(accounts)]
                    for name in names:
                        add_account(connection, name, "thoroughcare")
                    _fill(connection, settings, names, files, rows)
                before = _counters(settings)
                with profile or nullcontext():
                    _run_all(instance, settings)
                after = _counters(settings)
            with connect(settings) as connection:
                query = "SELECT state::text, count(*) FROM import GROUP BY 1"
                states: dict[str, int] = dict(connection.execute(query).fetchall())
    spent_on_each: dict[str, object] = {
        name: (after[name] - before[name]) / files for name in before
    }
    return spent_on_each | {"states": states}


def _fill(
    connection: Connection,
    settings: Settings,
    accounts: Sequence[str],
    files: int,
    rows: int,
    *,
    first: int = 0,
) -> None:
    path = settings.home / "arriving.csv"
    for number in range(files):
        account = get_account(connection, accounts[number % len(accounts)])
        start = first + number * rows
        rosters.write("thoroughcare", path, rows, start=start)
        at = datetime.now(UTC) - timedelta(days=2)
        enter(
            connection,
            account,
            archive(settings, path),
            Arrival("sftp", at, f"roster-{start}.csv", "thoroughcare"),
        )
    connection.commit()


def _run_all(instance: DagsterInstance, settings: Settings) -> None:
    while batches := _due(settings):
        for batch in batches:
            keys = [each.partition_key for each in batch]
            instance.add_dynamic_partitions(PARTITIONS, keys)
            tags: Mapping[str, str] = CLAIMED | {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
            if len(keys) == 1:
                tags = CLAIMED | {PARTITION_TAG: keys[0]}
            defs.resolve_job_def(nightly_import.name).execute_in_process(
                instance=instance, tags=dict(tags), run_config=_QUIET
            )


def _due(settings: Settings) -> list[Batch]:
    with connect(settings) as connection:
        return due_batches(connection, limit=settings.max_imports_per_run, cadence="nightly")


def _counters(settings: Settings) -> dict[str, float]:
    found = find_postmaster(settings)
    if found is None:
        raise RuntimeError("the embedded PostgreSQL has ended")
    server = sum(map(spent, [found.process, *found.process.children()]))
    with psycopg.connect(found.url("postgres"), autocommit=True) as connection:
        (commits,) = connection.execute(
            "SELECT sum(xact_commit) FROM pg_stat_database"
        ).fetchone() or (0,)
    return {
        "seconds": time.perf_counter(),
        "ours": time.process_time(),
        "PostgreSQL": server,
        "transactions": float(commits),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.night",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--files", type=int, default=50, help="of all accounts together (50)")
    parser.add_argument("--rows", type=int, default=200, help="of each file (200)")
    parser.add_argument("--accounts", type=int, default=1, help="who sent them (1)")
    parser.add_argument("--profile", type=int, default=0, help="functions to list (none)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    profile = cProfile.Profile() if asked.profile else None
    found = measure(asked.files, asked.rows, asked.accounts, profile)
    if asked.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for name, figure in found.items():
            said = f"{figure:.3f}" if isinstance(figure, float) else f"{figure}"
            sys.stdout.write(f"{name}: {said}\n")
    if profile:
        for order in ("tottime", "cumtime"):
            pstats.Stats(profile).strip_dirs().sort_stats(order).print_stats(asked.profile)


if __name__ == "__main__":
    main()
