"""Real run servers: what launcher and commands ask of them, small files, and what is killed."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

from pipelines import ask_run_server
from pipelines.ask_run_server import EXECUTE, IMPORT, RunFailed
from pipelines.command_runs import instance_of
from pipelines.definitions import defs
from pipelines.jobs import CHECK_FILES
from pipelines.process_environment import dagster_environment
from pipelines.run_requests import PARTITION_TAG
from pipelines.run_server.server import RunServer
from registry.accounts.accounts import add_account
from registry.database.connections import connect_as_owner
from registry.landing.receive import receive
from registry.ledger.imports import get_import, list_attempts
from tests.waiting import eventually

# Threads that libraries start when they are loaded, and that a child does without: they tidy up,
# and allocators handle forks. A pool that computes must not be there when the server forks.
THREADS_OF_LIBRARIES = {"python", "jemalloc_bg_thd", "polars-ooc-clea"}
ROSTER = "C1,Ada,Qzxk,1977,f\nC2,Ben,Qzxk,19x0,m\n"
START_SECONDS = 300


@pytest.fixture
def own(database, tmp_path):
    own = database.model_copy(update={"home": tmp_path / "home"})
    own.home.mkdir()
    return own


@pytest.fixture
def arrive(connection, own, tmp_path):
    """Enters a roster of the account of a cadence; gives the import."""
    connection.autocommit = True
    accounts = {}

    def enter(cadence, content=ROSTER, source="api", **options):
        if cadence not in accounts:
            name = cadence.replace("_", "-")
            accounts[cadence] = add_account(connection, name, "ptdirect", cadence=cadence)
        file = tmp_path / "roster.csv"
        file.write_text(content)
        now, account = datetime.now(UTC), accounts[cadence]
        return receive(connection, own, account, file, source=source, received_at=now, **options)

    return enter


@pytest.fixture
def state(connection):
    return lambda imported: get_import(connection, imported.partition_key).state


@pytest.fixture
def instance(own, monkeypatch):
    for name, value in dagster_environment(own).items():
        monkeypatch.setenv(name, value)
    with instance_of(own) as found:
        yield found


@pytest.fixture
def hand_out(own, instance):
    """Creates a run of a check, as the daemon does, and has it executed; gives its id."""
    pointer = ModuleCodePointer("pipelines.definitions", "defs", str(Path.cwd()))
    origin = ReconstructableJob(ReconstructableRepository(pointer), CHECK_FILES).get_python_origin()

    def ask(imported):
        run = instance.create_run_for_job(
            defs.resolve_job_def(CHECK_FILES),
            tags={PARTITION_TAG: imported.partition_key},
            job_code_origin=origin,
        )
        assert ask_run_server.execute(own, run.run_id)
        return run.run_id

    return ask


@contextmanager
def run_server(own):
    command = [sys.executable, "-m", "pipelines.run_server.server"]
    with log_of(own).open("wb") as written:
        process = subprocess.Popen(
            command, env=os.environ | dagster_environment(own), stdout=written, stderr=written
        )
    try:
        eventually(lambda: answers(own), START_SECONDS)
        yield process
    finally:
        process.kill()
        process.wait(60)


def log_of(own):
    return own.home / "run-server.log"


def answers(own):
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(ask_run_server.runs_socket(own))) == 0


def threads_of(process):
    """The names of its threads; empty where there is no /proc."""
    found = Path(f"/proc/{process.pid}/task").glob("*/comm")
    return {each.read_text().strip() for each in found}


def children_of(server):
    return psutil.Process(server.pid).children()


@contextmanager
def held(own, imported):
    """While this is entered, no run gets past taking the import up."""
    with connect_as_owner(own) as other:
        other.execute("SELECT FROM import WHERE id = %s FOR UPDATE", (imported.id,))
        yield


@contextmanager
def leaving_command(own, imported):
    """Asks for an import as a command does, and leaves without waiting for its end."""
    with ask_run_server._connected(own) as connection:
        ask_run_server._send(connection, ask_run_server.request_of(own, imported))
        assert ask_run_server._answer(connection) == {"taken": True}
        yield


def waiting_for_locks(connection):
    """How many runs wait for a row that somebody holds."""
    (count,) = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    ).fetchone()
    return count


def test_without_a_server_the_caller_does_it_itself(own, arrive):
    waiting = arrive("nightly")
    assert not ask_run_server.import_now(own, waiting)
    assert not ask_run_server.execute(own, "no-run")
    assert not ask_run_server.terminate(own, "no-run")


@pytest.mark.parametrize("what", [EXECUTE, IMPORT])
def test_a_server_whose_code_changed_takes_nothing_and_starts_anew(own, what):
    ours, theirs = socket.socketpair()
    with ours, theirs, closing(RunServer(own, code=0)) as server:
        request = {"do": what, "run_id": "a", "key": "a", "settings": ask_run_server.digest_of(own)}
        assert not server._answer(request, theirs)
        assert ours.recv(100) == b'{"taken": false}\n'
        assert server._is_leaving
        assert server._starts_again


@pytest.mark.slow
def test_small_files_and_commands_and_what_is_killed(own, arrive, state, connection):
    def over(imported):
        return eventually(lambda: state(imported) not in ("waiting", "processing"))

    with run_server(own) as server:
        assert threads_of(server) <= THREADS_OF_LIBRARIES
        # Of a command, which is told the end.
        nightly = arrive("nightly", source="cli")
        assert ask_run_server.import_now(own, nightly)
        assert state(nightly) == "completed"
        # It does not run what other settings would run otherwise.
        other = own.model_copy(update={"debug": True})
        assert not ask_run_server.import_now(other, arrive("nightly"))
        # Nobody asks for these: the worker is notified.
        first, second = arrive("on_arrival"), arrive("on_arrival", ROSTER.replace("Ada", "Eve"))
        check = arrive("nightly", ",,,,\n", dry_run=True)
        assert over(first)
        assert over(second)
        assert over(check)
        assert (state(first), state(second)) == ("completed", "completed")
        # Of one account, one after the other.
        (one,), (two,) = (list_attempts(connection, each.id) for each in (first, second))
        assert one.finished_at <= two.started_at
        # Whatever is killed, the next file is taken.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
        assert over(arrive("on_arrival"))
        children_of(server)[0].kill()
        assert over(arrive("on_arrival"))
        assert not ask_run_server.terminate(own, one.run_id)
        server.terminate()
        assert server.wait(60) == 0
    assert "Qzxk" not in log_of(own).read_text()


@pytest.mark.slow
def test_imports_of_commands_and_what_is_killed(own, arrive, state, connection):
    with run_server(own) as server:
        # The worker has the first command's import, and two more have processes of their own. A
        # command whose run is killed is told, unless the worker had not begun it: another process
        # does, then.
        given, killed, further = (arrive("nightly", source="cli") for _ in range(3))
        with ThreadPoolExecutor() as commands:
            with held(own, given), held(own, killed), held(own, further):
                (worker,) = eventually(lambda: children_of(server))
                of_worker = commands.submit(ask_run_server.import_now, own, given)
                eventually(lambda: waiting_for_locks(connection) == 1)
                assert children_of(server) == [worker]
                of_killed = commands.submit(ask_run_server.import_now, own, killed)
                eventually(lambda: waiting_for_locks(connection) == 2)
                (child,) = set(children_of(server)) - {worker}
                goes_on = commands.submit(ask_run_server.import_now, own, further)
                eventually(lambda: waiting_for_locks(connection) == 3)
                child.kill()
                with pytest.raises(RunFailed):
                    of_killed.result(60)
                worker.kill()
                # PostgreSQL does not notice that two of them are gone before they have the lock.
                eventually(lambda: waiting_for_locks(connection) == 4)
                assert not goes_on.done()
                assert not of_worker.done()
            assert goes_on.result(60)
            assert of_worker.result(60)
        assert (state(given), state(further)) == ("completed", "completed")
        # One that leaves, as by Ctrl-C, has its run interrupted; the worker goes on.
        left = arrive("nightly", source="cli")
        eventually(lambda: len(children_of(server)) == 1)
        (worker,) = children_of(server)
        with held(own, left), leaving_command(own, left):
            eventually(lambda: waiting_for_locks(connection) == 1)
        assert eventually(lambda: waiting_for_locks(connection) == 0)
        assert ask_run_server.import_now(own, arrive("nightly", source="cli"))
        assert worker in children_of(server)


@pytest.mark.slow
def test_runs_that_are_handed_out_and_what_is_killed(own, arrive, hand_out, instance, state):
    def ended(run_id):
        run = eventually(lambda: (found := instance.get_run_by_id(run_id)).is_finished and found)
        return run.status

    def begun(run_id):
        return eventually(
            lambda: instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.STARTED
        )

    # As of commands, so that the worker of small files leaves them.
    checks = [arrive("nightly", source="cli", dry_run=True) for _ in range(4)]
    with run_server(own) as server:
        (worker,) = eventually(lambda: children_of(server))
        # Terminated, as the launcher does it.
        with held(own, checks[0]):
            run_id = hand_out(checks[0])
            assert begun(run_id)
            instance.report_run_canceling(instance.get_run_by_id(run_id))
            assert ask_run_server.terminate(own, run_id)
            assert ended(run_id) is dg.DagsterRunStatus.CANCELED
        # Its process is killed: Dagster is told.
        with held(own, checks[1]):
            run_id = hand_out(checks[1])
            assert begun(run_id)
            (child,) = set(children_of(server)) - {worker}
            child.kill()
            assert ended(run_id) is dg.DagsterRunStatus.FAILURE
        # The server is stopped: it waits for the run.
        with held(own, checks[2]):
            run_id = hand_out(checks[2])
            assert begun(run_id)
            server.terminate()
            eventually(lambda: len(children_of(server)) == 1)
            assert not ask_run_server.execute(own, "another")
        assert server.wait(60) == 0
        assert ended(run_id) is dg.DagsterRunStatus.SUCCESS
        assert state(checks[2]) == "completed"
    with run_server(own) as server, held(own, checks[3]):
        # The server is killed: nothing of it goes on.
        run_id = hand_out(checks[3])
        assert begun(run_id)
        below = children_of(server)
        server.kill()
        assert ended(run_id) is dg.DagsterRunStatus.FAILURE
        gone, alive = psutil.wait_procs(below, timeout=60)
        assert gone
        assert not alive
