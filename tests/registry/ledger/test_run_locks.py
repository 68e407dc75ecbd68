"""The lock of a run: it says that its process is there, and nothing else does."""

import subprocess
import sys

import psycopg
import pytest

from registry.ledger.run_locks import at_work, runs_at_work
from tests.waiting import eventually

HOLDING = """
import sys, time
from registry.ledger.run_locks import at_work
from registry.settings import Settings
with at_work(Settings(), "a run"):
    time.sleep(600)
"""


@pytest.fixture
def looking(connection: psycopg.Connection) -> psycopg.Connection:
    connection.autocommit = True
    return connection


def test_a_run_is_at_work_inside_its_block_only(database, looking):
    assert runs_at_work(looking, ["a run"]) == set()
    with at_work(database, "a run"):
        eventually(lambda: runs_at_work(looking, ["a run", "another"]) == {"a run"})
    assert runs_at_work(looking, ["a run"]) == set()


def test_it_is_at_work_again_after_its_session_ended(database, looking):
    with at_work(database, "a run"):
        eventually(lambda: runs_at_work(looking, ["a run"]))
        looking.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND pid <> pg_backend_pid()"
        )
        eventually(lambda: not runs_at_work(looking, ["a run"]))
        eventually(lambda: runs_at_work(looking, ["a run"]))


def test_the_lock_goes_with_its_process(database, looking, tmp_path):
    own = database.model_copy(update={"home": tmp_path})
    with subprocess.Popen([sys.executable, "-c", HOLDING], env=own.as_environment()) as process:
        eventually(lambda: runs_at_work(looking, ["a run"]))
        process.kill()
        process.wait()
    eventually(lambda: not runs_at_work(looking, ["a run"]))


def test_without_a_database_the_block_runs_all_the_same(database):
    nowhere = database.model_copy(update={"runs_database_url": "postgresql://127.0.0.1:1/none"})
    with at_work(nowhere, "a run"):
        pass
