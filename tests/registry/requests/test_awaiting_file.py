"""Bulk requests without a file, as commands find them."""

from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.requests.awaiting_file import find_awaited, list_awaited
from registry.requests.bulk_requests import ask
from registry.tables.http_api import REQUEST_STATES

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def accounts(connection):
    return [add_account(connection, name, "metriport") for name in ("north", "south")]


def test_waiting_requests_are_listed_the_newest_first(connection, accounts):
    made = [ask(connection, each, NOON.replace(hour=hour)) for hour, each in enumerate(accounts)]
    assert [each.id for each in list_awaited(connection)] == [made[1].id, made[0].id]
    assert [each.id for each in list_awaited(connection, limit=1)] == [made[1].id]
    (own,) = list_awaited(connection, account_id=accounts[0].id)
    assert (own.id, own.state, own.key) == (made[0].id, "waiting", made[0].id.hex[-10:])


@pytest.mark.parametrize("state", REQUEST_STATES)
def test_a_request_is_found_unless_its_import_is_there(connection, accounts, state):
    request = ask(connection, accounts[0], NOON)
    connection.execute("UPDATE bulk_request SET state = %s", (state,))
    assert len(list_awaited(connection)) == (1 if state == "waiting" else 0)
    for key in (str(request.id), request.id.hex[-10:]):
        found = find_awaited(connection, key)
        assert (found.state if found else None) == (None if state == "received" else state)


def test_another_key_finds_none(connection, accounts):
    ask(connection, accounts[0], NOON)
    assert find_awaited(connection, "0000000000") is None
