"""How far the ledger is, as the marts' sensor reads it."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.states import apply_attempt, finish_import, open_attempt
from registry.marts.freshness import Finished, read_finished
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
    assert read_finished(connection, None) == Finished(0, None, 0, None)


def test_attempts_that_are_over_and_running_imports_are_counted(connection, attempt):
    finish(connection, attempt(), AT)
    attempt()
    found = read_finished(connection, None)
    assert (found.attempts, found.newest_at, found.processing) == (1, AT, 1)


def test_the_oldest_is_the_first_attempt_that_finished_since_by_the_databases_clock(
    connection, attempt
):
    (now,) = connection.execute("SELECT now()").fetchone()
    for minutes in (30, 20, 10):
        finish(connection, attempt(), now - timedelta(minutes=minutes))
    since = now - timedelta(minutes=30)
    connection.commit()
    found = read_finished(connection, since)
    assert timedelta(minutes=20) <= found.oldest < timedelta(minutes=25)
    assert read_finished(connection, now).oldest is None
