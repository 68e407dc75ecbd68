"""What a request may become from each state, and that nothing else can happen to it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from registry.ledger.imports import get_import
from registry.requests.request_states import expire_overdue
from tests.gateway.api.conftest import HEADER, ROSTER, import_all, send
from tests.importing import STAGES, process
from tests.taking_up import take_up_due

BULK = "/medical/v1/patient/bulk"


class Requests:
    """Puts requests into each state."""

    def __init__(self, api, client, connection):
        self.api, self.client, self.connection = api, client, connection

    def waiting(self):
        return self.client.post(BULK).json()

    def uploaded(self):
        return send(self.client)

    def processing(self):
        started = send(self.client)
        take_up_due(self.connection, limit=1)
        return started

    def completed(self):
        started = send(self.client)
        import_all(self.api)
        return started

    def failed(self):
        started = send(self.client, HEADER)
        import_all(self.api)
        return started

    def expired(self):
        started = self.waiting()
        expire_overdue(self.connection, datetime.now(UTC) + timedelta(minutes=11))
        self.connection.commit()
        return started

    def cancelled(self):
        started = self.waiting()
        self.client.post(f"{BULK}/{started['requestId']}/cancel")
        return started

    def put(self, started):
        return httpx.put(started["uploadUrl"], content=ROSTER).status_code

    def cancel(self, started):
        return self.client.post(f"{BULK}/{started['requestId']}/cancel").status_code

    def sweep(self, _):
        expire_overdue(self.connection, datetime.now(UTC) + timedelta(days=1))
        self.connection.commit()

    def status(self, started):
        return self.client.get(f"{BULK}/{started['requestId']}").json()["status"]


REFUSED = {"put": (409, ""), "cancel": (409, ""), "sweep": (None, "")}


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        ("waiting", {"put": (200, "waiting"), "cancel": (200, "cancelled"),
                     "sweep": (None, "expired")}),
        ("uploaded", {"put": (409, "waiting"), "sweep": (None, "waiting"),
                      "cancel": (200, "cancelled")}),
        ("processing", {"put": (409, ""), "sweep": (None, ""), "cancel": (200, "cancelled")}),
        ("completed", REFUSED),
        ("failed", REFUSED),
        ("cancelled", REFUSED),
        ("expired", REFUSED | {"put": (403, "")}),
    ],
)  # fmt: skip
def test_a_state_leads_only_to_its_own_next_states(api, client, connection, state, acts):
    requests = Requests(api, client, connection)
    started = getattr(requests, state)()
    for act, (answer, then) in acts.items():
        if state == "waiting":
            started = requests.waiting()
        assert (act, getattr(requests, act)(started)) == (act, answer)
        assert (act, requests.status(started)) == (act, then or state)


def run_again(api, connection, request_id, stages=STAGES):
    imported = get_import(connection, request_id)
    names = tuple(stage.name for stage in stages)
    process(api, connection, imported, again=True, stages=names)
    connection.commit()


def test_a_completed_request_stays_so_while_it_is_run_again_and_gets_the_new_counts(
    api, client, connection
):
    started = Requests(api, client, connection).completed()
    path = f"{BULK}/{started['requestId']}"
    before = client.get(path).json()
    run_again(api, connection, started["requestId"], STAGES[:4])
    assert get_import(connection, started["requestId"]).state == "processing"
    during = client.get(path).json()
    assert {**during, "result": ""} == {**before, "result": ""}
    assert ",created," in httpx.get(during["result"]).text

    run_again(api, connection, started["requestId"], STAGES[4:])
    after = client.get(path).json()
    assert (after["status"], after["created"], after["unchanged"]) == ("completed", 0, 2)
    assert ",unchanged," in httpx.get(after["result"]).text


def test_a_failed_request_that_is_run_again_stays_failed_or_completes(api, client, connection):
    requests = Requests(api, client, connection)
    started = requests.failed()
    before = client.get(f"{BULK}/{started['requestId']}").json()
    run_again(api, connection, started["requestId"], STAGES[:1])
    assert requests.status(started) == "failed"
    run_again(api, connection, started["requestId"], STAGES[1:])
    after = client.get(f"{BULK}/{started['requestId']}").json()
    assert (after["status"], after["reason"]) == ("failed", before["reason"])
