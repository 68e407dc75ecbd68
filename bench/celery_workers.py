"""What Celery workers do: files a second with one and with two; one small file, and in place.

    python -m bench.celery_workers [--files 1000] [--rows 500] [--accounts 50] [--small 7]

Needs Debian's redis-server. Each worker has one slot, so that two are twice the processes of one.
The files wait before anything starts; the time is from the beginning of the first attempt to the
end of the last one, as the ledger has them. It prints PostgreSQL's processor time beside it: where
the cores are few, it tells who had them. A small file has one row; its time is from its receipt to
its result.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from psycopg import Connection

from registry.accounts.accounts import Account, add_account
from registry.database.connections import connect
from registry.database.embedded_server import find_postmaster
from registry.landing.receive import receive
from registry.migrations import migrate
from registry.settings import Settings
from synthetic.people import people
from synthetic.rosters import ptdirect_csv

_COMMAND = str(Path(sys.executable).with_name("rosterline"))
_LOOK_SECONDS = 0.5
_OF_ALL = """
SELECT count(*) FILTER (WHERE finished_at IS NULL),
    extract(epoch FROM max(finished_at) - min(started_at))
FROM attempt
"""
_OF_ONE = """
SELECT extract(epoch FROM attempt.finished_at - import.received_at)
FROM import JOIN attempt ON attempt.import_id = import.id
WHERE import.partition_key = %s
"""


@dataclass(frozen=True)
class Measured:
    """Files by a number of workers, 0 standing for runs in place."""

    workers: int
    seconds: float
    postgres_seconds: float
    small_seconds: float


def measure(workers: int, files: int, rows: int, accounts: int, small: int) -> Measured:
    """Import the files with so many workers, then some small ones, one after the other."""
    with _home(workers) as settings, connect(settings) as connection:
        owners = [
            add_account(connection, f"clinic-{number}", "ptdirect", cadence="on_arrival")
            for number in range(accounts)
        ]
        for number in range(files):
            _enter(settings, connection, owners[number % accounts], rows, number * rows)
        subprocess.run(
            [_COMMAND, "up"],
            env=os.environ | settings.as_environment(),
            check=True,
            stdout=sys.stderr,
        )
        before = _postgres_seconds(settings)
        connection.autocommit = True
        while True:
            waiting = connection.execute(
                "SELECT count(*) FROM import WHERE state IN ('waiting', 'processing')"
            ).fetchone()
            if waiting == (0,):
                break
            time.sleep(_LOOK_SECONDS)
        row = connection.execute(_OF_ALL).fetchone()
        postgres = _postgres_seconds(settings) - before
        taken = [
            _small(settings, connection, owners[0], files * rows + number)
            for number in range(small)
        ]
        return Measured(workers, float(row[1] if row else 0), postgres, statistics.median(taken))


def _small(settings: Settings, connection: Connection, account: Account, person: int) -> float:
    key = _enter(settings, connection, account, 1, person)
    while True:
        row = connection.execute(_OF_ONE, (key,)).fetchone()
        if row and row[0] is not None:
            return float(row[0])
        time.sleep(_LOOK_SECONDS)


def _enter(
    settings: Settings, connection: Connection, account: Account, rows: int, person: int
) -> str:
    path = settings.home / f"{person}.csv"
    ptdirect_csv(people(rows, seed=7, start=person), path)
    at = datetime.now(UTC)
    received = receive(connection, settings, account, path, source="cli", received_at=at)
    connection.commit()
    return received.partition_key


def _postgres_seconds(settings: Settings) -> float:
    """Processor time of the server and all of its processes, those that ended too."""
    found = find_postmaster(settings)
    if found is None:
        return 0.0
    ended = found.process.cpu_times()
    living = []
    for each in found.process.children():
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile, and counts as such
            living.append(each.cpu_times())
    return (
        ended.children_user
        + ended.children_system
        + sum(each.user + each.system for each in [ended, *living])
    )


@contextmanager
def _home(workers: int) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder, _redis(folder) as url:
        settings = Settings(
            home=Path(folder) / "home",
            run_launcher="celery" if workers else "in_place",
            celery_broker_url=url,
            celery_workers=workers,
            celery_concurrency=1,
            max_concurrent_runs=max(workers, 1),
            # Some runs for each worker, so that both are at work until the end.
            max_imports_per_run=10,
            webserver_port=_free_port(),
            http_port=_free_port(),
            sftp_port=_free_port(),
        )
        settings.home.mkdir()
        try:
            migrate(settings)
            yield settings
        finally:
            environment = os.environ | settings.as_environment()
            subprocess.run([_COMMAND, "down"], env=environment, check=True, stdout=sys.stderr)


@contextmanager
def _redis(folder: str) -> Iterator[str]:
    port = _free_port()
    command = ["redis-server", "--port", str(port), "--dir", folder, "--appendonly", "yes"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure in place, with one worker and with two, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--small", type=int, default=7)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    asked = parser.parse_args(arguments)
    print("| workers | seconds | files a second | of PostgreSQL, s | one small file, s | load |")  # noqa: T201
    print("| --- | --- | --- | --- | --- | --- |")  # noqa: T201
    for workers in asked.workers:
        found = measure(workers, asked.files, asked.rows, asked.accounts, asked.small)
        cells = (
            workers or "in place",
            f"{found.seconds:.1f}",
            f"{asked.files / found.seconds:.2f}",
            f"{found.postgres_seconds:.1f}",
            f"{found.small_seconds:.1f}",
            f"{os.getloadavg()[0]:.0f} on {os.cpu_count()} cores",
        )
        print("|", " | ".join(map(str, cells)), "|", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
