"""Calls that schemathesis generates from our own description; `bench.api_fuzz` makes many more."""

import httpx

from bench.api_fuzz import Known, fuzz, token
from tests.gateway.api.conftest import calling, import_all, send, serving, working_off

BULK = "/medical/v1/patient/bulk"


def known(api, client):
    done, waiting = send(client), client.post(BULK).json()
    import_all(api)
    result = client.get(f"{BULK}/{done['requestId']}").json()["result"]
    patients = [each["id"] for each in client.get("/medical/v1/patient").json()["patients"]]
    requests = [each["requestId"] for each in (done, waiting)]
    return Known(patients, requests, [token(waiting["uploadUrl"])], [token(result)])


def test_generated_calls_are_answered_as_described(database, connection, account):
    with (
        serving(database, requests_per_minute=10**6) as api,
        working_off(api),
        calling(api, connection, account) as client,
    ):
        key = client.headers["x-api-key"]
        report = fuzz(api.api_url, key, known(api, client), 1, 4, "examples", "fuzzing")
        assert report.faults == []
        assert report.cases > 50
        assert httpx.get(f"{api.api_url}/health").status_code == 200
