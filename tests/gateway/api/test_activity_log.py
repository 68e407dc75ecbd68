"""What callers change, and from where keys are used, is in the activity log as the portal's is."""

import httpx
import pytest

from gateway.api.app import create_app
from registry.accounts.activity_log import list_events
from tests.gateway.api.conftest import ROSTER, calling, import_all, send

BULK = "/medical/v1/patient/bulk"
FACILITY = "/medical/v1/facility"
COHORT = "/medical/v1/cohort"
MAPPING = "/medical/v1/column-mapping"
HELD = "/medical/v1/held-files"
PATIENT = "/medical/v1/patient"

NOTHING_CHANGES = {
    ("post", BULK),  # its upload is logged
    ("post", f"{PATIENT}/match"),
}
DECISIONS = f"{PATIENT.removesuffix('/patient')}/review"
"""Decisions about pairs: tests/gateway/api/test_reviews.py looks for theirs."""


@pytest.fixture
def logged(connection):
    """What was logged since it was last asked for, the oldest first: action, user and detail."""
    seen = 0

    def since() -> list[tuple[str, str | None, str | None]]:
        nonlocal seen
        connection.rollback()
        events = list_events(connection, limit=1_000)[::-1]
        new, seen = events[seen:], len(events)
        assert {each.door for each in new} <= {"api"}
        assert {each.address for each in new} <= {"127.0.0.1"}
        return [(each.action, each.user_name, each.detail) for each in new]

    return since


def test_each_change_by_a_call_is_logged_with_its_key(api, client, receiver, logged):
    key = "API key key full"
    assert client.get(COHORT).status_code == 200
    assert logged() == [("sign_in", key, None)]
    done = set()

    def made(method: str, path: str, pattern: str, **how) -> dict:
        answer = client.request(method, path, **how)
        assert answer.status_code < 300, answer.text
        done.add((method, pattern))
        return answer.json() if answer.content else {}

    facility = made("post", FACILITY, FACILITY, json={"name": "Pier"})["id"]
    assert logged() == [("change", key, f"facility {facility} added")]
    path = f"{FACILITY}/{{facility_id}}"
    made("put", f"{FACILITY}/{facility}", path, json={"name": "Pier 2"})
    made("delete", f"{FACILITY}/{facility}", path)
    assert [each[2] for each in logged()] == [
        f"facility {facility} changed",
        f"facility {facility} removed",
    ]
    send(client, ROSTER, facilityId=client.get(FACILITY).json()["incomplete"][0]["id"])
    ((action, by, said),) = logged()
    assert (action, by, said.split()[0]) == ("upload", "signed link", "request")
    import_all(api)
    link = client.get(BULK).json()["requests"][0]["result"]
    assert httpx.get(link).status_code == 200
    assert [each[:2] for each in logged()] == [("download", "signed link")]
    waiting = client.post(BULK, params={
        "facilityId": client.get(FACILITY).json()["incomplete"][0]["id"]
    }).json()["requestId"]  # fmt: skip
    made("post", f"{BULK}/{waiting}/cancel", f"{BULK}/{{request_id}}/cancel")
    assert logged() == [("cancel", key, f"request {waiting}")]

    patient = client.get(PATIENT).json()["patients"][0]["id"]
    cohort = made("post", COHORT, COHORT, json={"name": "Diabetes"})["id"]
    one = f"{COHORT}/{{cohort_id}}"
    made("patch", f"{COHORT}/{cohort}", one, json={"color": "red"})
    made("post", f"{COHORT}/{cohort}/patient", f"{one}/patient", json={"patientIds": [patient]})
    made("delete", f"{COHORT}/{cohort}/patient", f"{one}/patient", json={"allPatients": True})
    of_patient = f"{PATIENT}/{{patient_id}}"
    made("post", f"{PATIENT}/{patient}/cohort", f"{of_patient}/cohort",
         json={"cohortIds": [cohort]})  # fmt: skip
    made("delete", f"{COHORT}/{cohort}", one)
    harbor = client.get(FACILITY).json()["incomplete"][0]["id"]
    made("post", f"{PATIENT}/{patient}/facility", f"{of_patient}/facility",
         json={"facilityIds": [harbor]})  # fmt: skip
    made("put", f"{PATIENT}/{patient}/hie-opt-out", f"{of_patient}/hie-opt-out",
         params={"hieOptOut": "true"})  # fmt: skip
    made("delete", f"{PATIENT}/{patient}", of_patient)
    named = {"First": "firstName", "Last": "lastName", "Born": "dob", "Sex": "gender"}
    columns = [{"header": header, "field": field} for header, field in named.items()]
    made("post", MAPPING, MAPPING, json={"columns": columns})
    made("delete", f"{MAPPING}/metriport", f"{MAPPING}/{{name}}")
    made("post", "/settings", "/settings", json={"webhookUrl": receiver.url})
    made("post", "/settings/webhook/retry", "/settings/webhook/retry")
    events = logged()
    assert {each[:2] for each in events} == {("change", key)}
    assert [each[2] for each in events] == [
        f"cohort {cohort} added",
        f"cohort {cohort} changed",
        f"1 patient joined cohort {cohort}",
        f"1 patient left cohort {cohort}",
        f"cohorts of patient {patient}",
        f"cohort {cohort} removed",
        f"facilities of patient {patient}",
        f"patient {patient} opted out",
        f"patient {patient} taken out",
        "columns: metriport, version 1",
        "columns: stop metriport",
        "webhook: address set",
        "webhook: 0 messages sent again",
    ]
    elsewhere = {
        ("post", PATIENT),
        ("put", of_patient),
        ("post", "/medical/v1/document/query"),
        ("put", "/upload/{token}"),
    }
    assert done | elsewhere | NOTHING_CHANGES == writing_calls(api)


def writing_calls(settings) -> set[tuple[str, str]]:
    """All calls that may change something, but decisions about pairs and about held files."""
    paths = create_app(settings).openapi()["paths"]
    return {
        (method, path)
        for path, methods in paths.items()
        for method in methods
        if method != "get" and not path.startswith((DECISIONS, HELD))
    }


@pytest.mark.usefixtures("calls")
def test_patients_of_calls_are_logged(client, logged):
    address = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}
    new = {"firstName": "Ada", "lastName": "Canary", "dob": "1980-02-01", "genderAtBirth": "F",
           "address": [address]}  # fmt: skip
    made = until_done(client, "POST", PATIENT, new)
    patient = made.json()["id"]
    until_done(client, "PUT", f"{PATIENT}/{patient}", new)
    # Where the key was used from is logged once a day, before or after a call.
    events = [each for each in logged() if each[0] != "sign_in"]
    said = [each[2] for each in events]
    # A call that is repeated because of its key enters nothing, and is not logged again.
    assert [text.partition(", import")[0] for text in said] == ["a patient", f"patient {patient}"]
    assert {each[0] for each in events} == {"import"}
    assert "Canary" not in str(events)


def until_done(client, method: str, path: str, body: dict) -> httpx.Response:
    """A call about a patient; a busy machine answers 503, which says to repeat it."""
    for _ in range(10):
        answer = client.request(method, path, json=body, headers={"Idempotency-Key": method})
        if answer.status_code != 503:
            break
    assert answer.status_code in (200, 201), answer.text
    return answer


def test_a_call_that_is_refused_changes_and_logs_nothing(client, connection, account, api, logged):
    client.get(COHORT)
    logged()
    assert client.post(FACILITY, json={"name": "Harbor Clinic"}).status_code == 409
    assert client.delete(f"{COHORT}/0199c0de-0000-7000-8000-000000000000").status_code == 404
    assert logged() == []
    with calling(api, connection, account, scope="read") as reader:
        assert reader.post(FACILITY, json={"name": "Pier"}).status_code == 403
    assert logged() == [("sign_in", "API key key read", None)]  # used, and refused


def test_a_key_is_logged_once_a_day_and_address(client, api, connection):
    for _ in range(3):
        client.get(COHORT)
    client.get(f"{COHORT}/0199c0de-0000-7000-8000-000000000000")
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.3")
    with httpx.Client(transport=elsewhere, headers=client.headers) as other:
        assert other.get(f"{api.api_url}{COHORT}").status_code == 200
    events = [(each.action, each.address) for each in list_events(connection)]
    assert sorted(events) == [("sign_in", "127.0.0.1"), ("sign_in", "127.0.0.3")]
