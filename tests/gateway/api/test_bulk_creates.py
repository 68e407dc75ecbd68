"""Bulk patient create from the first call to the patient read back."""

import csv
import io
from uuid import uuid4

import httpx
import pytest

from assets.potential_duplicates.search import search_import
from registry.accounts.accounts import add_account, change_settings
from tests.gateway.api.conftest import ROSTER, calling, import_all, send
from tests.importing import STAGES, process
from tests.taking_up import take_up_due
from tests.waiting import eventually

NAMES = tuple(stage.name for stage in STAGES)
BULK = "/medical/v1/patient/bulk"


def rows_of(link: str) -> list[dict[str, str]]:
    answer = httpx.get(link)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_a_roster_becomes_patients_and_a_result(api, client):
    (facility,) = client.get("/medical/v1/facility").json()["incomplete"]
    started = client.post(BULK).json()
    assert set(started) == {
        "requestId", "status", "uploadUrl", "facilityId", "params", "createdAt"
    }  # fmt: skip
    assert started["status"] == "waiting"
    assert started["facilityId"] == facility["id"]
    assert started["params"] == {"dryRun": False}
    uploaded = httpx.put(started["uploadUrl"], content=ROSTER)
    assert uploaded.json() == {"requestId": started["requestId"], "status": "waiting"}

    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    names = ("total", "successful", "failed", "created", "updated", "unchanged")
    assert [found[name] for name in names] == [2, 2, 0, 2, 0, 0]
    assert (found["status"], found["reason"]) == ("completed", None)
    moments = [found[name] for name in ("createdAt", "uploadedAt", "startedAt", "finishedAt")]
    assert moments == sorted(moments)
    assert moments[0] == started["createdAt"]

    rows = rows_of(found["result"])
    assert [row["status"] for row in rows] == ["succeeded", "succeeded"]
    patient = client.get(f"/medical/v1/patient/{rows[0]['metriportId']}").json()
    assert (patient["firstName"], patient["dob"]) == ("Ada", "1980-02-01")
    assert patient["facilityIds"] == [facility["id"]]


def test_a_body_is_not_looked_at(client):
    for body in ({"json": {}}, {"content": b"\xff"}, {"data": {"dryRun": "true"}}):
        started = client.post(BULK, **body)
        assert started.status_code == 200
        assert started.json()["params"] == {"dryRun": False}


def test_a_bad_row_fails_alone(api, client):
    started = send(client, ROSTER + "Cyd,Sample,1980-02-30,F,3 Main St,Boston,MA,02103\n")
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert (found["status"], found["successful"], found["failed"]) == ("completed", 2, 1)
    assert rows_of(found["result"])[2]["reason"] == "Missing/invalid dob"


def test_an_unknown_facility_is_404_and_one_of_several_must_be_named(client, other):
    foreign = other.post("/medical/v1/facility", json={"name": "Pier"}).json()["id"]
    for unknown in (foreign, str(uuid4())):
        assert client.post(BULK, params={"facilityId": unknown}).status_code == 404
    for name in ("Main Street", "Pier"):
        own = client.post("/medical/v1/facility", json={"name": name}).json()["id"]
    answer = client.post(BULK)
    assert answer.status_code == 400
    assert "several facilities" in answer.json()["detail"]
    assert client.post(BULK, params={"facilityId": own}).json()["facilityId"] == own


def test_an_account_without_a_facility_is_refused_until_it_has_one(api, connection):
    new = add_account(connection, "new", "metriport")
    with calling(api, connection, new) as client:
        answer = client.post(BULK)
        assert answer.status_code == 400
        assert "no facility yet" in answer.json()["detail"]
        assert client.get(BULK).json()["requests"] == []
        own = client.post("/medical/v1/facility", json={"name": "Main Street"}).json()["id"]
        assert client.post(BULK).json()["facilityId"] == own


def test_an_idempotency_key_gives_the_same_request_and_the_same_link(client):
    headers = {"Idempotency-Key": "night-1"}
    first, again = (client.post(BULK, headers=headers).json() for _ in range(2))
    assert first == again
    refused = client.post(BULK, headers=headers, params={"dryRun": "true"})
    assert refused.status_code == 400
    assert len(client.get(BULK).json()["requests"]) == 1


def test_requests_are_paged_newest_first(client):
    made = [client.post(BULK).json()["requestId"] for _ in range(5)]
    seen, call = [], f"{BULK}?count=2"
    while call:
        answer = client.get(call).json()
        seen += [each["requestId"] for each in answer["requests"]]
        call = answer["meta"]["nextPage"]
    assert seen == made[::-1]


def test_a_waiting_request_can_be_cancelled_and_then_takes_no_file(api, client):
    started = client.post(BULK).json()
    path = f"{BULK}/{started['requestId']}/cancel"
    assert client.post(path).json()["status"] == "cancelled"
    assert client.post(path).status_code == 409
    assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 409
    landed = send(client)
    cancelled = client.post(f"{BULK}/{landed['requestId']}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert import_all(api) == []


def test_one_that_is_processed_can_be_cancelled_until_its_patients_are_written(
    api, client, connection
):
    path = f"{BULK}/{send(client)['requestId']}"
    ((imported,),) = take_up_due(connection, limit=1)
    process(api, connection, imported, stages=NAMES[:3])
    assert client.post(f"{path}/cancel").json()["status"] == "cancelled"
    process(api, connection, imported, stages=NAMES[3:])
    connection.commit()
    found = client.get(path).json()
    assert found["status"] == "cancelled"
    assert found["reason"].startswith("cancelled by the sender while it was processed")
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)


@pytest.mark.parametrize("stages", [4, 5])
def test_one_whose_patients_are_written_cannot_be_cancelled(api, client, connection, stages):
    path = f"{BULK}/{send(client)['requestId']}"
    ((imported,),) = take_up_due(connection, limit=1)
    process(api, connection, imported, stages=NAMES[:stages])
    connection.commit()
    assert client.post(f"{path}/cancel").status_code == 409
    process(api, connection, imported, stages=NAMES[stages:])
    connection.commit()
    assert client.get(path).json()["status"] == "completed"


@pytest.mark.dated
def test_a_request_without_a_file_expires_by_itself(client, connection):
    started = client.post(BULK).json()
    connection.execute("UPDATE bulk_request SET expires_at = now()")
    connection.commit()
    path = f"{BULK}/{started['requestId']}"
    eventually(lambda: client.get(path).json()["status"] == "expired")
    assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 403
    assert client.post(f"{path}/cancel").status_code == 409


def test_another_accounts_request_does_not_exist(api, client, other):
    started = send(client)
    import_all(api)
    path = f"{BULK}/{started['requestId']}"
    nowhere = other.get(f"{BULK}/{uuid4()}")
    for answer in (other.get(path), other.post(f"{path}/cancel")):
        assert answer.status_code == 404
        assert answer.json() == nowhere.json()
    assert other.get(BULK).json()["requests"] == []


def test_there_is_no_result_before_there_is_one(client):
    started = send(client)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert (found["status"], found["result"], found["total"]) == ("waiting", None, None)


def test_counts_are_shown_while_the_stages_run(api, client, connection):
    content = ROSTER + "Cyd,Sample,soon,F,3 Main St,Boston,MA,02103\n"
    path = f"{BULK}/{send(client, content)['requestId']}"
    ((imported,),) = take_up_due(connection, limit=1)
    assert client.get(path).json()["progress"]["stages"] == []
    names = ("total", "failed", "created", "updated", "unchanged")
    seen = []
    for stage in STAGES:
        process(api, connection, imported, stages=(stage.name,))
        connection.commit()
        found = client.get(path).json()
        if found["progress"]:
            seen.append([found["progress"][name] for name in names])
            assert len(found["progress"]["stages"]) == len(seen)
    assert seen == [
        [3, None, None, None, None],
        [3, 1, None, None, None],
        [3, 1, 2, None, None],
        [3, 1, 2, 0, 0],
    ]
    assert (found["status"], found["progress"]) == ("completed", None)
    assert [found[name] for name in names] == [3, 1, 2, 0, 0]
    assert "progress" not in str(other_than_null(client.get(BULK).json()["requests"]))


def other_than_null(requests):
    return [{name for name, value in each.items() if value is not None} for each in requests]


@pytest.mark.slow
def test_a_request_says_which_new_patients_were_linked_after_its_result(
    api, client, other, connection, account
):
    change_settings(connection, account, {"link_above": 1})
    connection.commit()
    header = "firstName,lastName,dob,gender,addressLine1,city,state,zip,phone,email\n"
    home = "1961-05-27,F,1 Main St,New York,NY,10001,2125550123,maria@lopez.test\n"
    requests = []
    for row in (f"Maria,Lopez,{home}", f"Maria,Lopes,{home}"):
        requests.append(send(client, header + row)["requestId"])
        [done] = import_all(api)
        search_import(connection, api, done.imported.partition_key, again=False)
        connection.commit()
    stored, new = (client.get(f"{BULK}/{each}/links").json()["links"] for each in requests)
    assert stored == []
    [link] = new
    assert (link["line"], link["by"].startswith("automatic linking")) == (2, True)
    assert link["score"] > 20
    assert client.get(f"/medical/v1/patient/{link['patientId']}").json()["id"] == link["linkedTo"]
    assert [client.get(f"{BULK}/{each}").json()["linked"] for each in requests] == [0, 1]
    path = f"{BULK}/{requests[1]}/links"
    assert client.get(path, params={"afterLine": 2}).json()["links"] == []
    assert other.get(path).status_code == 404
