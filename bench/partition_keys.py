"""What partition keys cost: a backfill of ten files, a tick of a sensor, the page of an asset.

    python -m bench.partition_keys [--keys 0:0 547500:547500 547500:7000 7000:7000] [--rounds 3]

`547500:7000` stands for three years with 500 files a night of which the newest 7,000 keys are
there, and the others retired: all of them have a materialisation of each asset in Dagster's
database. `7000:7000`: the events of the others are pruned too. Then ten small imports come, which
are imported once and then backfilled. Prints wall seconds and processor seconds; the
latter say more where other things run beside.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import psutil
import psycopg
import yaml
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

from pipelines.ask_for_runs import ask_for_due
from pipelines.jobs import STAGES
from pipelines.process_environment import PROJECT_DIR, dagster_environment
from pipelines.runs_of_imports import PARTITIONS
from registry.accounts.accounts import Account, add_account
from registry.database.connections import connect, stop_embedded
from registry.database.embedded_server import find_postmaster
from registry.landing.receive import receive
from registry.migrations import migrate
from registry.settings import Settings
from synthetic.people import people
from synthetic.rosters import ptdirect_csv
from tests.dagster_ui import LOCATION, UiOfCodeServer
from tests.partition_keys import add_older_keys

FILES = 10
ROWS = 20
Taken = tuple[float, float]


def measure(older: int, present: int, rounds: int) -> dict[str, Taken]:
    """Wall and processor seconds by what was done; the medians of the rounds."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        settings = Settings(home=Path(folder))
        try:
            migrate(settings)
            os.environ.update(dagster_environment(settings))
            with _ui(settings) as workspace, connect(settings) as connection:
                return _measure(
                    settings, UiOfCodeServer(workspace), connection, (older, present), rounds
                )
        finally:
            stop_embedded(settings)


def _ui(settings: Settings) -> WorkspaceProcessContext:
    """The UI over an instance that queues nothing: the runs are executed in this process."""
    file = settings.dagster_dir / "dagster.yaml"
    config = yaml.safe_load(file.read_text())
    launcher = {"module": "dagster._core.test_utils", "class": "MockedRunLauncher"}
    coordinator = {"module": "dagster._core.run_coordinator", "class": "DefaultRunCoordinator"}
    for name in ("run_queue", "concurrency"):
        config.pop(name)
    config |= {"run_launcher": launcher, "run_coordinator": coordinator}
    file.write_text(yaml.safe_dump(config))
    target = ModuleTarget("pipelines.definitions", None, str(PROJECT_DIR), LOCATION)
    return WorkspaceProcessContext(
        dg.DagsterInstance.from_config(str(settings.dagster_dir)), target
    )


def _measure(
    settings: Settings,
    ui: UiOfCodeServer,
    connection: psycopg.Connection,
    older: tuple[int, int],
    rounds: int,
) -> dict[str, Taken]:
    instance = ui.workspace.instance
    add_older_keys(os.environ, *older)
    account = add_account(connection, "bench", "ptdirect")
    keys = _receive(settings, connection, account, FILES)
    instance.add_dynamic_partitions(PARTITIONS, keys)
    _backfill(ui, keys)
    found = {"backfill of 10 files": _timed(settings, rounds, lambda: _backfill(ui, keys))}
    _receive(settings, connection, account, 1, since=timedelta(days=2))
    due = datetime.now(UTC)
    tick = partial(ask_for_due, connection, instance, "nightly", 50, due_at=due)
    found["tick with a file that is due"] = _timed(settings, rounds, tick)
    page = partial(ui.colours, "result_files", keys)
    page()
    found["page of an asset"] = _timed(settings, rounds, page)
    return found


def _receive(
    settings: Settings,
    connection: psycopg.Connection,
    account: Account,
    count: int,
    since: timedelta = timedelta(days=1),
) -> list[str]:
    keys = []
    for seed in range(count):
        path = settings.home / f"{seed}.csv"
        ptdirect_csv(people(ROWS, seed=7, start=(seed + since.days * FILES) * ROWS), path)
        at = datetime.now(UTC) - since + timedelta(seconds=seed)
        received = receive(connection, settings, account, path, source="cli", received_at=at)
        keys.append(received.partition_key)
        connection.commit()
    return keys


def _backfill(ui: UiOfCodeServer, keys: Sequence[str]) -> None:
    status, runs = ui.backfill(STAGES, keys)
    if status != "COMPLETED_SUCCESS":
        raise AssertionError([status, *map(ui.run, runs)])


def _timed(settings: Settings, rounds: int, do: Callable[[], object]) -> Taken:
    taken = []
    for _ in range(rounds):
        start, used = time.perf_counter(), _processor(settings)
        do()
        taken.append((time.perf_counter() - start, _processor(settings) - used))
    walls, processor = zip(*taken, strict=True)
    return statistics.median(walls), statistics.median(processor)


def _processor(settings: Settings) -> float:
    """Processor seconds so far: this process, the code server, PostgreSQL with its backends."""
    found = find_postmaster(settings)
    server = found.process if found else None
    own = psutil.Process()
    each = [own, *own.children(), *([server, *server.children()] if server else [])]
    seconds = server_children = 0.0
    for process in each:
        with suppress(psutil.NoSuchProcess):
            taken = process.cpu_times()
            seconds += taken.user + taken.system
            if process == server:
                server_children = taken.children_user + taken.children_system
    return seconds + server_children


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", nargs="+", default=["0:0", "547500:547500", "547500:7000"])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for each in arguments.keys:
        older, _, present = each.partition(":")
        for what, (wall, used) in measure(int(older), int(present), arguments.rounds).items():
            print(f"{each:>15} {what:<30} {wall:8.2f} s {used:8.2f} s", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
