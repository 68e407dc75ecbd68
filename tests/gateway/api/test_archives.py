"""An archive with several rosters over the API: one request, a request for each of its members."""

import httpx

from tests.archives import zipped
from tests.gateway.api.conftest import HEADER, ROSTER, import_all, send
from tests.gateway.api.test_webhooks import register
from tests.waiting import eventually

BULK = "/medical/v1/patient/bulk"
ARCHIVE = zipped(
    {"a.csv": ROSTER, "b.csv": f"{HEADER}Cleo,Sample,soon,F,3 Main St,Boston,MA,02103\n"}
)


def test_a_request_is_processing_until_its_members_are_over_and_counts_them_together(api, client):
    started = send(client, ARCHIVE)
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert (found["status"], found["total"], found["finishedAt"]) == ("processing", None, None)
    assert [each["name"] for each in found["members"]] == ["a.csv", "b.csv"]
    assert {each["status"] for each in found["members"]} == {"waiting"}
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    names = ("total", "successful", "failed", "created")
    assert [found[name] for name in names] == [3, 2, 1, 2]
    assert (found["status"], found["result"]) == ("completed", None)
    assert found["reason"] == "2 rosters in the archive, each imported by itself"
    first = client.get(f"{BULK}/{found['members'][0]['requestId']}").json()
    assert (first["status"], first["archiveId"]) == ("completed", started["requestId"])
    assert httpx.get(first["result"]).text.count("succeeded") == 2
    listed = client.get(BULK).json()["requests"]
    assert len(listed) == 3


def test_cancelled_all_its_members_are(api, client):
    started = send(client, ARCHIVE)
    import_all(api)
    cancelled = client.post(f"{BULK}/{started['requestId']}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert client.post(f"{BULK}/{started['requestId']}/cancel").status_code == 409
    assert import_all(api) == []


def test_a_receiver_is_told_of_the_archive_as_of_one_file(api, client, receiver):
    register(client, receiver)
    started = send(client, ARCHIVE)
    import_all(api)
    import_all(api)
    eventually(lambda: receiver.statuses() == ["processing", "completed"])
    told = receiver.received[-1].said["bulkPatientCreate"]
    assert told == {
        "requestId": started["requestId"],
        "status": "completed",
        "reason": "2 rosters in the archive, each imported by itself",
    }
