"""Every move of a bulk request from every state, held against the table of moves."""

from datetime import UTC, datetime
from itertools import product

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.moves import states_after
from registry.requests import request_states
from registry.requests.bulk_requests import UPLOAD_TIME, ask, get_request
from registry.requests.request_states import REQUEST_MOVES
from registry.tables.http_api import REQUEST_STATES

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

DRIVERS = {
    "receive": request_states.receive,
    "cancel": request_states.cancel,
    "expire_overdue": lambda connection, _: (
        request_states.expire_overdue(connection, NOW + UPLOAD_TIME) == 1
    ),
}


@pytest.fixture
def account(connection):
    return add_account(connection, "acme", "thoroughcare")


@pytest.fixture
def request_in(connection, account):
    def make(state):
        request = ask(connection, account, NOW)
        connection.execute("UPDATE bulk_request SET state = %s", (state,))
        return request

    return make


def test_every_move_is_driven():
    assert {*DRIVERS, "ask"} == {move.name for move in REQUEST_MOVES}
    assert {move.after for move in REQUEST_MOVES} == set(REQUEST_STATES)


@pytest.mark.parametrize(("name", "before"), [*product(DRIVERS, REQUEST_STATES)])
def test_a_request_goes_where_the_table_says_and_nowhere_else(
    connection, account, request_in, name, before
):
    request = request_in(before)
    allowed = states_after(REQUEST_MOVES, name, before)
    assert DRIVERS[name](connection, request.id) is bool(allowed)
    assert {get_request(connection, account.id, request.id).state} == (allowed or {before})


def test_a_new_request_waits(connection, account):
    request = ask(connection, account, NOW)
    assert {get_request(connection, account.id, request.id).state} == states_after(
        REQUEST_MOVES, "ask", None
    )


def test_only_requests_whose_time_is_over_expire(connection, account):
    early = ask(connection, account, NOW - UPLOAD_TIME)
    late = ask(connection, account, NOW)
    assert request_states.expire_overdue(connection, NOW) == 1
    states = [get_request(connection, account.id, each.id).state for each in (early, late)]
    assert states == ["expired", "waiting"]
