"""The outbox: every change of state is delivered in order, or given up after a day."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.landing.archive_copy import Archived
from registry.ledger.claims import MAX_CLAIMS, give_up
from registry.ledger.imports import get_import
from registry.ledger.states import fail_attempt, finish_import, open_attempt
from registry.requests.bulk_requests import accept, ask
from registry.webhooks.endpoints import get_webhook, set_webhook
from registry.webhooks.outbox import (
    BACKOFF_SECONDS,
    GIVE_UP_AFTER,
    LEASE,
    lease_due,
    list_deliveries,
    record_attempt,
    retry_all,
)
from schemas.errors import FileFault
from tests.taking_up import take_up_due

pytestmark = pytest.mark.dated

BYTES = Archived("ab" * 32, 12)
URL = "https://receiver.example/hook"


@pytest.fixture
def account(connection):
    return add_account(connection, "harbor", "metriport", cadence="on_arrival")


@pytest.fixture
def now():
    # Messages are stamped by PostgreSQL, so tests look a minute ahead of it.
    return datetime.now(UTC) + timedelta(minutes=1)


def landed(connection, account):
    request = ask(connection, account, datetime.now(UTC))
    accept(connection, account, request.id, BYTES, datetime.now(UTC))
    connection.commit()
    return request


def processing(connection, account):
    request = landed(connection, account)
    take_up_due(connection, limit=5, account=account)
    return request


def end(connection, request, *, again, fault=None):
    """A run over an import from its first stage to its last."""
    attempt = open_attempt(connection, request.id, "run", again=again)
    if fault:
        fail_attempt(connection, attempt, FileFault("empty_file", fault))
    else:
        connection.execute(
            "UPDATE attempt SET state = 'applied', records = 0 WHERE number = %s",
            (attempt.number,),
        )
    finish_import(connection, attempt, datetime.now(UTC))
    connection.commit()


def messages_of_states(connection):
    rows = connection.execute("SELECT state FROM webhook_message ORDER BY id").fetchall()
    return [state for (state,) in rows]


def finished(connection, account):
    request = processing(connection, account)
    end(connection, request, again=False)
    return request


def succeed(connection, due, at):
    record_attempt(connection, due, at, 0.1, http_status=200, fault=None)
    connection.commit()


def fail(connection, due, at):
    record_attempt(connection, due, at, 0.1, http_status=500, fault="answered 500")
    connection.commit()


def test_states_are_told_in_their_order_and_once(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    request = finished(connection, account)
    (first,) = lease_due(connection, now, 10)
    assert (first.state, first.import_id, first.url) == ("processing", request.id, URL)
    assert lease_due(connection, now, 10) == []
    succeed(connection, first, now)
    (second,) = lease_due(connection, now, 10)
    assert second.state == "completed"
    succeed(connection, second, now)
    assert lease_due(connection, now + timedelta(days=9), 10) == []


def test_a_failed_file_is_told_with_its_reason(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    request = processing(connection, account)
    end(connection, request, again=False, fault="the file is empty")
    (due,) = lease_due(connection, now, 10)
    succeed(connection, due, now)
    (due,) = lease_due(connection, now, 10)
    assert (due.state, due.reason) == ("failed", "the file is empty")


def test_a_state_that_is_rolled_back_is_not_told(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    request = landed(connection, account)
    connection.execute("UPDATE import SET state = 'processing' WHERE id = %s", (request.id,))
    connection.rollback()
    assert lease_due(connection, now, 10) == []


def test_who_has_no_webhook_is_told_nothing(connection, account, now):
    finished(connection, account)
    set_webhook(connection, account.id, URL, now)
    assert lease_due(connection, now, 10) == []


def test_what_failed_is_tried_again_later_and_later_for_a_day(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    processing(connection, account)
    at, pauses = now, []
    while due := lease_due(connection, at, 10):
        fail(connection, due[0], at)
        (next_at, given_up) = connection.execute(
            "SELECT next_try_at, given_up_at FROM webhook_message"
        ).fetchone()
        pauses.append((next_at - at).total_seconds())
        at = next_at
    assert given_up is not None
    assert pauses[: len(BACKOFF_SECONDS)] == list(BACKOFF_SECONDS)
    assert GIVE_UP_AFTER - timedelta(hours=4) < timedelta(seconds=sum(pauses[:-1])) < GIVE_UP_AFTER
    assert len(list_deliveries(connection, account.id, 100)) == len(pauses)
    assert retry_all(connection, account.id, at) == 1
    assert len(lease_due(connection, at, 10)) == 1


def test_a_worker_that_was_killed_leaves_its_message_to_the_next(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    processing(connection, account)
    assert len(lease_due(connection, now, 10)) == 1
    assert lease_due(connection, now + LEASE - timedelta(seconds=1), 10) == []
    (again,) = lease_due(connection, now + LEASE, 10)
    assert again.tries == 2


def test_a_receiver_that_hangs_holds_up_only_its_own_account(connection, account, now):
    other = add_account(connection, "bay", "metriport")
    for each in (account, other):
        set_webhook(connection, each.id, URL, now)
    for _ in range(6):
        landed(connection, account)
    connection.execute("UPDATE import SET state = 'processing'")
    processing(connection, other)
    due = lease_due(connection, now, 10)
    assert sum(each.account_id == account.id for each in due) == 4
    assert sum(each.account_id == other.id for each in due) == 1


def test_a_retry_leaves_a_message_alone_whose_try_is_under_way(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    finished(connection, account)
    (due,) = lease_due(connection, now, 10)
    assert retry_all(connection, account.id, now) == 1, "the one behind it"
    assert lease_due(connection, now, 10) == []
    fail(connection, due, now)
    assert lease_due(connection, now, 10) == []
    assert retry_all(connection, account.id, now) == 2
    assert [each.id for each in lease_due(connection, now, 10)] == [due.id]
    assert retry_all(connection, account.id, now + LEASE) == 2, "whose worker was killed"


def test_messages_of_an_account_that_is_busy_are_left_for_later(connection, account, now):
    other = add_account(connection, "bay", "metriport")
    for each in (account, other):
        set_webhook(connection, each.id, URL, now)
        processing(connection, each)
    (due,) = lease_due(connection, now, 10, {account.id})
    assert due.account_id == other.id
    (due,) = lease_due(connection, now, 10)
    assert due.account_id == account.id


def test_the_key_stays_when_the_address_changes(connection, account, now):
    key = set_webhook(connection, account.id, URL, now).key
    assert set_webhook(connection, account.id, "https://other.example/", now).key == key
    assert len(key) >= 43


def test_without_an_address_nothing_is_tried(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    processing(connection, account)
    set_webhook(connection, account.id, None, now)
    assert lease_due(connection, now + timedelta(days=2), 10) == []
    assert get_webhook(connection, account.id).url is None


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([None, None], ["processing", "completed"]),
        ([None, "broken"], ["processing", "completed"]),
        (["broken", "broken"], ["processing", "failed"]),
        (["broken", None, None], ["processing", "failed", "completed"]),
    ],
    ids=["completed twice", "then failed", "failed twice", "failed and then completed twice"],
)
def test_what_was_told_is_not_told_again_when_an_import_is_run_again(
    connection, account, now, runs, expected
):
    set_webhook(connection, account.id, URL, now)
    request = processing(connection, account)
    for fault in runs:
        end(connection, request, again=True, fault=fault)
    assert messages_of_states(connection) == expected


def test_an_import_that_was_given_up_in_a_further_attempt_is_not_told_of(connection, account, now):
    set_webhook(connection, account.id, URL, now)
    request = finished(connection, account)
    open_attempt(connection, request.id, "run", again=True)
    connection.execute("UPDATE import SET claims = %s", (MAX_CLAIMS,))
    assert give_up(connection, get_import(connection, str(request.id)), now)
    assert messages_of_states(connection) == ["processing", "completed"]
