"""A real run server: what commands ask of it, small files, and what is killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from pipelines import ask_run_server
from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import add_account
from registry.landing.receive import receive
from registry.ledger.imports import get_import, list_attempts
from tests.waiting import eventually

PATIENCE_SECONDS = 600

# Threads that libraries start when they are loaded, and that a child does without: they tidy up,
# and allocators handle forks. A pool that computes must not be there when the server forks.
THREADS_OF_LIBRARIES = {"python", "jemalloc_bg_thd", "polars-ooc-clea"}
ROSTER = "C1,Ada,Smith,1977,f\nC2,Ben,Jones,19x0,m\n"


@pytest.fixture
def own(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home"})


@pytest.fixture
def arrive(connection, own, tmp_path):
    """Enters a roster of an account; gives the import."""
    accounts = {}

    def enter(cadence, content=ROSTER, source="api", **options):
        if cadence not in accounts:
            accounts[cadence] = add_account(connection, cadence.replace("_", "-"), "ptdirect")
            connection.execute(
                "UPDATE account SET cadence = %s WHERE id = %s", (cadence, accounts[cadence].id)
            )
        file = tmp_path / "roster.csv"
        file.write_text(content)
        now = datetime.now(UTC)
        account = accounts[cadence]
        return receive(connection, own, account, file, source=source, received_at=now, **options)

    return enter


@contextmanager
def run_server(own):
    environment = os.environ | dagster_environment(own)
    command = [sys.executable, "-m", "pipelines.run_server.server"]
    log = own.home / "run-server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=written)
    try:
        eventually(lambda: answers(own), PATIENCE_SECONDS)
        yield process
    finally:
        below = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.wait(60) == 0, log.read_text()
        for each in below:
            each.kill()


def threads_of(process):
    """The names of its threads; empty where there is no /proc."""
    found = Path(f"/proc/{process.pid}/task").glob("*/comm")
    return {each.read_text().strip() for each in found}


def answers(own):
    try:
        with ask_run_server._connected(own):
            return True
    except OSError:
        return False


def test_without_a_server_the_caller_does_it_itself(own, arrive):
    waiting = arrive("nightly")
    assert not ask_run_server.import_now(own, waiting)
    assert not ask_run_server.execute(own, "no-run")
    assert not ask_run_server.terminate(own, "no-run")


@pytest.mark.slow
def test_small_files_are_taken_at_once_and_a_command_has_its_run_made(own, arrive, connection):
    connection.autocommit = True

    def state(imported):
        return get_import(connection, imported.partition_key).state

    def over(imported):
        return eventually(lambda: state(imported) not in ("waiting", "processing"))

    with run_server(own) as server:
        assert threads_of(server) <= THREADS_OF_LIBRARIES
        # Of a command: in a process of its own, whose end the command is told.
        nightly = arrive("nightly", source="cli")
        assert ask_run_server.import_now(own, nightly)
        assert state(nightly) == "completed"
        # It does not run what other settings would run otherwise.
        other = own.model_copy(update={"debug": True})
        assert not ask_run_server.import_now(other, arrive("nightly"))
        # Nobody asks for these: the worker is notified.
        at_once, check = arrive("on_arrival"), arrive("nightly", ",,,,\n", dry_run=True)
        assert over(at_once)
        assert over(check)
        assert state(at_once) == "completed"
        # Whatever is killed, the next file is taken.
        worker = psutil.Process(server.pid).children()[0]
        worker.send_signal(signal.SIGKILL)
        assert over(arrive("on_arrival"))
        (attempt,) = list_attempts(connection, at_once.id)
        assert not ask_run_server.terminate(own, attempt.run_id)
