"""Held files over the API: who waits, and what a person decides."""

from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from registry.ledger import states
from registry.ledger.imports import get_import
from tests.gateway.api.conftest import ROSTER, calling

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WHY = "2 rows, usually 10 (80 % off, up to 30 % is allowed)"


def hold(connection, import_id):
    attempt = states.take_up(connection, import_id, "run")
    states.hold_attempt(connection, attempt, WHY, NOON)
    connection.commit()


@pytest.fixture
def held(connection, account):
    arrival = Arrival(source="sftp", received_at=NOON, file_name="a.csv", format=account.format)
    imported = enter(connection, account, Archived("ab" * 32, 10), arrival)
    hold(connection, imported.id)
    return imported


def test_a_held_file_is_listed_with_its_reason(api, connection, account, held):
    with calling(api, connection, account, "read") as client:
        (found,) = client.get("/medical/v1/held-files").json()["heldFiles"]
        assert (found["importId"], found["reason"]) == (str(held.id), WHY)
        assert (found["decision"], found["created"]) == (None, None)
        path = f"/medical/v1/held-files/{held.id}/let-through"
        assert client.post(path, json={"by": "rita"}).status_code == 403


@pytest.mark.parametrize(
    ("call", "decision"), [("let-through", "let_through"), ("refuse", "refused")]
)
def test_a_decision_is_made_once_and_has_a_name(api, connection, account, held, call, decision):
    path = f"/medical/v1/held-files/{held.id}/{call}"
    with calling(api, connection, account) as client:
        answer = client.post(path, json={"by": "rita"})
        assert (answer.status_code, answer.json()["decision"]) == (200, decision)
        assert answer.json()["decidedBy"] == "rita (API)"
        assert client.post(path, json={"by": "ada"}).status_code == 409
        assert client.get("/medical/v1/held-files").json() == {"heldFiles": []}
    assert get_import(connection, held.partition_key).state == "waiting"
    (logged,) = connection.execute(
        "SELECT user_name FROM access_event WHERE action = 'review'"
    ).fetchone()
    assert logged == "rita (API key key full)"


def test_another_accounts_held_file_does_not_exist(api, connection, held):
    other = add_account(connection, "other", "metriport")
    connection.commit()
    with calling(api, connection, other) as client:
        path = f"/medical/v1/held-files/{held.id}/let-through"
        assert client.post(path, json={"by": "rita"}).status_code == 404
        assert client.get("/medical/v1/held-files").json() == {"heldFiles": []}
    assert get_import(connection, held.partition_key).state == "held"


def test_its_request_is_processing_says_why_and_can_be_cancelled(api, connection, account):
    with calling(api, connection, account) as client:
        asked = client.post("/medical/v1/patient/bulk").json()
        assert client.put(asked["uploadUrl"], content=ROSTER).status_code == 200
        path = f"/medical/v1/patient/bulk/{asked['requestId']}"
        hold(connection, asked["requestId"])
        shown = client.get(path).json()
        assert (shown["status"], shown["reason"]) == ("processing", WHY)
        assert client.post(f"{path}/cancel").json()["status"] == "cancelled"
