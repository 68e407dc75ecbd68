"""Killed anywhere and run again: the same registry, the same result, applied once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account, get_account
from registry.database.connections import connect
from registry.ledger.held_files import let_through
from registry.ledger.imports import get_import, list_attempts
from registry.ledger.states import take_up
from registry.store.durable_files import DRAFT_PREFIX
from tests.files import care, john, maria, tree
from tests.importing import STAGES, process, put
from tests.invariants.conftest import SATURDAY, Ready, copies, until
from tests.invariants.worker import Worker
from tests.state import dump

pytestmark = pytest.mark.slow
NAMES = tuple(stage.name for stage in STAGES)

ONE_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE NOT l.granted AND a.datname = current_database())"
)
ONE_WAITS_FOR_THE_ACCOUNT = (
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE NOT l.granted AND l.locktype = 'advisory' AND a.datname = current_database())"
)
NOBODY_ELSE = (
    "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND state <> 'idle'"
)

# Locks that the test holds, so that the process stops at a known place.
THE_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtext('rosterline apply'), 1)"
THE_ATTEMPT = "SELECT 1 FROM attempt WHERE state <> 'finished' FOR UPDATE"


def written(table):
    return f"LOCK TABLE {table} IN SHARE MODE"


def read(table):
    return f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"


PLACES = {
    "before the account is locked": ("patients", THE_ACCOUNT),
    "before the first patient is written": ("patients", written("patient")),
    "between patients and their history": ("patients", written("patient_change")),
    "between registry and ledger": ("patients", written("import_row")),
    "before the attempt becomes applied": ("patients", THE_ATTEMPT),
    "right after the commit": ("patients", written("attempt_stage")),
    "before a result has its name": ("result_files", written("result_file")),
    "while the ledger is read for a result": ("result_files", read("row_issue")),
    "when both results are written": ("result_files", THE_ATTEMPT),
    "before the end is committed": ("result_files", written("attempt_stage")),
}


@pytest.fixture(scope="module")
def undisturbed(base: Ready, server_url, tmp_path_factory):
    """What registry and results are after an import that nothing disturbed."""
    with copies(base, server_url, tmp_path_factory.mktemp("undisturbed")) as copy:
        return run_again(copy())


def run_again(at: Ready):
    """Everything there is after a run, by table and by file."""
    with connect(at.settings) as connection:
        process(at.settings, connection, at.second)
        connection.commit()
        staging = sorted(path.name for path in at.settings.staging_dir.iterdir())
        return {**dump(connection), **tree(at.settings.results_dir), "staging": staging}


@pytest.mark.parametrize("after", NAMES)
def test_killed_between_two_stages_and_run_again_is_as_if_nothing_happened(
    ready, undisturbed, after
):
    at = ready()
    worker = Worker(at.settings, at.second.partition_key, *NAMES)
    for name in NAMES[: NAMES.index(after)]:
        worker.wait_for(name)
        worker.go_on()
    worker.wait_for(after)
    worker.kill()
    assert run_again(at) == undisturbed


@pytest.mark.parametrize("place", PLACES)
def test_killed_inside_a_stage_and_run_again_is_as_if_nothing_happened(ready, undisturbed, place):
    stage, held = PLACES[place]
    at = ready()
    with connect(at.settings) as connection:
        before = NAMES[: NAMES.index(stage)]
        process(at.settings, connection, at.second, stages=before)
        connection.commit()
        connection.execute(held)
        worker = Worker(at.settings, at.second.partition_key, stage)
        until(connection, ONE_WAITS)
        worker.kill()
        connection.rollback()
        until(connection, NOBODY_ELSE)
    assert run_again(at) == undisturbed


def test_a_draft_that_a_killed_writer_left_is_gone_after_the_next_run(ready, undisturbed):
    at = ready()
    folder = at.settings.results_dir / at.second.partition_key
    folder.mkdir(parents=True)
    (folder / f"{DRAFT_PREFIX}left").write_bytes(b"half a result")
    assert run_again(at) == undisturbed


@pytest.mark.external_postgres
def test_killed_twice_in_a_row_is_still_as_if_nothing_happened(ready, undisturbed):
    at = ready()
    for held in (written("import_row"), THE_ATTEMPT):
        with connect(at.settings) as connection:
            process(at.settings, connection, at.second, stages=NAMES[:3])
            connection.commit()
            connection.execute(held)
            worker = Worker(at.settings, at.second.partition_key, "patients")
            until(connection, ONE_WAITS)
            worker.kill()
            connection.rollback()
            until(connection, NOBODY_ELSE)
    assert run_again(at) == undisturbed


@pytest.mark.external_postgres
def test_two_processes_on_one_import_apply_it_once(ready, undisturbed):
    at = ready()
    workers = [Worker(at.settings, at.second.partition_key, *NAMES) for _ in range(2)]
    for worker in workers:
        for _ in NAMES:
            worker.go_on()
    codes = [worker.close() for worker in workers]
    assert set(codes) <= {0, 1}
    assert run_again(at) == undisturbed
    with connect(at.settings) as connection:
        assert len(list_attempts(connection, at.second.id)) == 1


HOLD_IT = """
WITH unlike AS (
    UPDATE account SET settings = '{"hold_above": {"rows": 30}}' RETURNING id
),

usual AS (
    INSERT INTO import (
        id, account_id, format, source, file_name, sha256, byte_count, received_at, ordered_at,
        partition_key, state
    )
    SELECT
        gen_random_uuid(), id, 'thoroughcare', 'sftp', 'x', 'x', 1, '2026-11-01 00:00+00',
        '2026-11-01 00:00+00', 'usual ' || number, 'completed'
    FROM unlike, generate_series(1, 5) AS number
    RETURNING id
)
INSERT INTO attempt (import_id, number, state, finished_at, records, errored)
SELECT id, 1, 'finished', '2026-11-01 00:00+00', 40, 0 FROM usual
"""
OF_THE_HOLD = {"account", "account_history", "attempt", "attempt_stage", "file_hold", "import"}


def test_killed_while_a_file_is_held_and_once_it_is_let_through_is_as_if_it_never_was(
    ready, undisturbed
):
    at = ready()
    with connect(at.settings) as connection:
        connection.execute(HOLD_IT)
        process(at.settings, connection, at.second, stages=NAMES[:2])
        connection.commit()
        for stage, table in (("matched_patients", "file_hold"), ("patients", "import_row")):
            connection.execute(written(table))
            worker = Worker(at.settings, at.second.partition_key, stage)
            until(connection, ONE_WAITS)
            worker.kill()
            connection.rollback()
            until(connection, NOBODY_ELSE)
            if stage == "patients":
                break
            assert get_import(connection, at.second.partition_key).state == "processing"
            process(at.settings, connection, at.second)
            assert get_import(connection, at.second.partition_key).state == "held"
            let_through(connection, at.second.id, "rita", SATURDAY)
            take_up(connection, at.second.id, "a further run")
            process(at.settings, connection, at.second, stages=NAMES[:3])
            connection.commit()
    found = run_again(at)
    assert {name: each for name, each in found.items() if name not in OF_THE_HOLD} == {
        name: each for name, each in undisturbed.items() if name not in OF_THE_HOLD
    }
    with connect(at.settings) as connection:
        assert get_import(connection, at.second.partition_key).state == "completed"


def test_an_import_run_again_when_it_is_over_stays_as_it_is(ready, undisturbed):
    at = ready()
    run_again(at)
    assert run_again(at) == undisturbed


def start(pool, settings, imported, stages=NAMES):
    def work():
        with connect(settings) as connection:
            return process(settings, connection, imported, stages=stages)

    return pool.submit(work)


def receive(settings, account_name, content, hours):
    with connect(settings) as connection:
        account = get_account(connection, account_name)
        at = SATURDAY + timedelta(hours=hours)
        return put(settings, connection, account, content, folder=settings.home, received_at=at)


def test_imports_of_one_account_apply_one_after_the_other(ready):
    at = ready()
    third = receive(at.settings, "clinic", care({**maria(), "ehr": "E-3", "first": "Ana"}), 3)
    with connect(at.settings) as connection, ThreadPoolExecutor() as pool:
        for imported in (at.second, third):
            process(at.settings, connection, imported, stages=NAMES[:3])
        connection.commit()
        connection.execute("SELECT 1 FROM attempt WHERE import_id = %s FOR UPDATE", (at.second.id,))
        first = start(pool, at.settings, at.second, NAMES[3:])
        until(connection, ONE_WAITS)
        other = start(pool, at.settings, third, NAMES[3:])
        until(connection, ONE_WAITS_FOR_THE_ACCOUNT)
        assert not other.done()
        connection.rollback()
        assert first.result(60).outcomes[2] == "created"
        # It was matched before Ana was stored; the decision under the lock counts.
        assert other.result(60).outcomes == ["unchanged"]


@pytest.mark.external_postgres
def test_an_account_does_not_wait_for_another_one(ready):
    at = ready()
    with connect(at.settings) as connection:
        add_account(connection, "other", "thoroughcare")
    theirs = receive(at.settings, "other", care(maria(), john()), 3)
    with connect(at.settings) as connection, ThreadPoolExecutor() as pool:
        process(at.settings, connection, at.second, stages=NAMES[:3])
        connection.commit()
        connection.execute("SELECT 1 FROM attempt WHERE import_id = %s FOR UPDATE", (at.second.id,))
        blocked = start(pool, at.settings, at.second, NAMES[3:])
        until(connection, ONE_WAITS)
        with connect(at.settings) as own:
            done = process(at.settings, own, theirs)
        assert done.outcomes == ["created", "created"]
        assert not blocked.done()
        connection.rollback()
        assert blocked.result(60).attempt.state == "finished"
