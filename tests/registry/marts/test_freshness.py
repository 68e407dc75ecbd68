"""How far the ledger is, as the marts' sensor reads it."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.states import apply_attempt, finish_import, open_attempt
from registry.marts.freshness import Changes, read_changes
from tests.importing import put

pytestmark = pytest.mark.dated

AT = datetime(2026, 11, 22, 5, tzinfo=UTC)


def finish(connection, attempt, at):
    apply_attempt(connection, attempt, 0, {})
    finish_import(connection, attempt, at)


@pytest.fixture
def attempt(connection, migrated, tmp_path):
    account = add_account(connection, "clinic", "ptdirect")

    def open_one():
        imported = put(migrated, connection, account, "x", folder=tmp_path)
        return open_attempt(connection, imported.id, "run", again=False)

    return open_one


def test_nothing_has_finished_in_an_empty_registry(connection):
    assert read_changes(connection, None) == Changes(0, None, 0, None, None)


def test_attempts_that_are_over_and_running_imports_are_counted(connection, attempt):
    finish(connection, attempt(), AT)
    attempt()
    found = read_changes(connection, None)
    assert (found.changes, found.newest_at, found.processing) == (1, AT, 1)


def test_the_oldest_is_the_first_attempt_that_finished_since_by_the_databases_clock(
    connection, attempt
):
    (now,) = connection.execute("SELECT now()").fetchone()
    for minutes in (30, 20, 10):
        finish(connection, attempt(), now - timedelta(minutes=minutes))
    since = now - timedelta(minutes=30)
    connection.commit()
    found = read_changes(connection, since)
    assert timedelta(minutes=20) <= found.oldest < timedelta(minutes=25)
    assert timedelta(minutes=10) <= found.newest < timedelta(minutes=15)
    assert read_changes(connection, now).oldest is None


def test_an_undo_is_a_change_and_a_merge_is_none(connection, attempt):
    done = attempt()
    finish(connection, done, AT)
    for kind, minutes in (("undo", 5), ("merge", 9)):
        connection.execute(
            "INSERT INTO decision (id, account_id, kind, import_id, attempt, patient_id,"
            " other_patient_id, user_name, decided_at, changed, removed, restored, kept)"
            " SELECT gen_random_uuid(), account_id, %s, id, 1, gen_random_uuid(),"
            " gen_random_uuid(), 'ann', %s, 0, 0, 0, 0 FROM import",
            (kind, AT + timedelta(minutes=minutes)),
        )
    found = read_changes(connection, AT)
    assert (found.changes, found.newest_at) == (2, AT + timedelta(minutes=5))
