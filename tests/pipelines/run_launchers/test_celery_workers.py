"""Real Celery workers and a real Redis: whatever is killed, each import comes to its end once."""

import os
import subprocess
import time

import dagster as dg
import psutil
import pytest

from cli.installation.worker_checks import check_workers
from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import get_account
from registry.database.connections import connect, connect_as_owner
from registry.landing.drop_folder import PENDING, RESULTS, account_folder
from registry.ledger.imports import list_attempts, list_imports
from tests.cli.homes import ROSTERLINE, home_for_services, rosterline
from tests.importing import STAGES
from tests.redis_server import redis_server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 600
TAKEN_UP_SECONDS = 120
NAMES = tuple(stage.name for stage in STAGES)
ROSTER = "".join(f"C{n},Ada{n},Smith,1977,f\n" for n in range(1, 201)) + "C9,,,19,x\n"

HOLDS = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The test holds the lock of the stage; the run waits for it, in the midst of its work.
    IF (SELECT account.name FROM import JOIN account ON account.id = import.account_id
        WHERE import.id = new.import_id) = replace(tg_argv[0], '_', '-') THEN
        PERFORM pg_advisory_xact_lock_shared(hashtext('test ' || tg_argv[0]));
    END IF;
    RETURN new;
END $$;
"""


def hold(connection, stage):
    """Let the run of the account of this stage wait in it, until `let_go`."""
    account = stage.replace("_", "-")
    table, when = "attempt_stage", f"WHEN (new.stage = '{stage}')"
    if stage == "patients":  # within its transaction
        table, when = "import_row", ""
    connection.execute(
        f"CREATE TRIGGER hold_{stage} BEFORE INSERT ON {table} FOR EACH ROW {when}"
        f" EXECUTE FUNCTION hold('{stage}')"
    )
    connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (f"test {stage}",))
    return account


class Worker:
    """A worker on "another machine": a command of its own, with processes below it."""

    def __init__(self, settings, slots):
        environment = os.environ | settings.as_environment()
        environment["ROSTERLINE_CELERY_CONCURRENCY"] = str(slots)
        self.log = settings.home / f"test-worker-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [ROSTERLINE, "worker"], env=environment, stdout=log, stderr=log
            )

    def wait_until_ready(self):
        eventually(lambda: b" ready." in self.log.read_bytes(), PATIENCE_SECONDS)

    def kill(self):
        """End the worker and all of its processes at once, as when its machine is gone."""
        if self._process.poll() is None:
            below = psutil.Process(self._process.pid).children(recursive=True)
            for each in (self._process, *below):
                each.kill()
        self._process.wait()

    def stop(self):
        self._process.terminate()
        return self._process.wait(120)


@pytest.fixture
def start_worker(home):
    """Starts workers of that many slots; what runs of them at the end is killed."""
    started = []

    def start(slots):
        started.append(Worker(home, slots))
        started[-1].wait_until_ready()
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture(scope="module")
def broker():
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module")
def home(broker):
    """A home whose daemon hands runs to workers that the tests start."""
    with home_for_services(
        drop_quiet_seconds=0.5,
        run_launcher="celery",
        celery_broker_url=broker.url,
        celery_workers=0,
        max_imports_per_run=1,
        max_concurrent_runs=12,
        max_concurrent_imports=8,
    ) as own:
        rosterline(own, "up")
        yield own


def send(home, name):
    """Let an account send its file; gives the folder of its results."""
    rosterline(home, "account", "add", name, "--format", "ptdirect", "--cadence", "on_arrival")
    with connect(home) as connection:
        folder = account_folder(home, get_account(connection, name))
    (folder / PENDING / "roster.csv").write_text(ROSTER)
    return folder / RESULTS


def state_of(connection, name):
    found = connection.execute(
        "SELECT import.state, import.claims FROM import JOIN account"
        " ON account.id = import.account_id WHERE account.name = %s",
        (name,),
    ).fetchall()
    return found[0] if found else (None, 0)


def held(connection):
    """How many runs wait where a test holds them."""
    (count,) = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    ).fetchone()
    return count


def contents(results):
    return {path.name: path.read_bytes() for path in results.iterdir()}


def test_killed_in_each_stage_with_redis_restarted_all_ends_once_on_the_other_worker(
    home, broker, start_worker
):
    with connect_as_owner(home) as connection:
        connection.autocommit = True
        connection.execute(HOLDS)
        accounts = [hold(connection, stage) for stage in NAMES]
        first = start_worker(len(NAMES))
        results = {name: send(home, name) for name in accounts}
        eventually(lambda: held(connection) == len(NAMES), PATIENCE_SECONDS)
        second = start_worker(2)
        first.kill()
        broker.kill()
        began = time.monotonic()
        connection.execute("SELECT pg_advisory_unlock_all()")
        undisturbed = send(home, "undisturbed")
        broker.start()
        for name in [*accounts, "undisturbed"]:
            eventually(lambda: state_of(connection, name)[0] == "completed", PATIENCE_SECONDS)  # noqa: B023
        took = time.monotonic() - began
        assert all(state_of(connection, name)[1] == 2 for name in accounts)
        assert {len(list_attempts(connection, each.id)) for each in list_imports(connection)} == {1}
        counted = connection.execute(
            "SELECT account.name, count(*) FROM patient JOIN account"
            " ON account.id = patient.account_id GROUP BY 1"
        ).fetchall()
        assert dict(counted) == dict.fromkeys([*accounts, "undisturbed"], 200)
        expected = contents(undisturbed)
        assert all(contents(each) == expected for each in results.values())
        (found,) = check_workers(home)
        assert (found.level, found.found.partition(",")[0]) == ("warn", "1 have 2 slots")
        enough = home.model_copy(update={"max_concurrent_runs": 2})
        assert [each.level for each in check_workers(enough)] == ["ok"]
        assert second.stop() == 0
        assert [each.level for each in check_workers(home)] == ["fail"]
    # Two minutes, on a machine that has as many processes at work as cores.
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    assert took < TAKEN_UP_SECONDS * max(1.0, waiting), f"{took:.0f} s at a load of {waiting:.1f}"


@pytest.fixture
def instance(home, monkeypatch):
    for name, value in dagster_environment(home).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        yield instance


def test_a_run_that_is_terminated_says_so_and_its_import_is_cancelled(home, instance, start_worker):
    with connect_as_owner(home) as connection:
        connection.autocommit = True
        name = "ended"
        connection.execute(HOLDS.replace("FUNCTION hold", "FUNCTION hold_one"))
        connection.execute(
            "CREATE TRIGGER hold_one BEFORE INSERT ON attempt_stage FOR EACH ROW"
            f" WHEN (new.stage = 'matched_patients') EXECUTE FUNCTION hold_one('{name}')"
        )
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (f"test {name}",))
        worker = start_worker(2)
        send(home, name)
        eventually(lambda: held(connection) == 1, PATIENCE_SECONDS)
        (run,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        assert instance.run_coordinator.cancel_run(run.run_id)
        over = dg.DagsterRunStatus.CANCELED
        eventually(lambda: instance.get_run_by_id(run.run_id).status is over, PATIENCE_SECONDS)
        connection.execute("SELECT pg_advisory_unlock_all()")
        messages = [each.message for each in instance.all_logs(run.run_id)]
        assert not any("taking longer" in each for each in messages)
        eventually(lambda: state_of(connection, name)[0] == "cancelled", PATIENCE_SECONDS)
        assert worker.stop() == 0
