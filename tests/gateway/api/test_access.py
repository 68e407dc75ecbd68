"""Who may call, how often, and what answers to wrong calls look like."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from registry.accounts.api_keys import revoke_key
from tests.gateway.api.conftest import calling, import_all, send, serving

# Written out: workers must collect the same tests.
UNKNOWN = "0199c0de-0000-7000-8000-000000000000"
BULK = "/medical/v1/patient/bulk"
PATIENT = "/medical/v1/patient"
REVIEW = "/medical/v1/review"
PAIR = f"{REVIEW}/{UNKNOWN}/{UNKNOWN}"
FACILITY = "/medical/v1/facility"
COHORT = "/medical/v1/cohort"
MAPPING = "/medical/v1/column-mapping"
HELD = "/medical/v1/held-files"
DOCUMENT = "/medical/v1/document"
CALLS = [
    ("GET", BULK),
    ("POST", BULK),
    ("GET", f"{BULK}/{UNKNOWN}"),
    ("GET", f"{BULK}/{UNKNOWN}/links"),
    ("GET", f"{BULK}/{UNKNOWN}/failed-rows.xlsx"),
    ("POST", f"{BULK}/{UNKNOWN}/cancel"),
    ("GET", PATIENT),
    ("GET", f"{PATIENT}/{UNKNOWN}"),
    ("PUT", f"{PATIENT}/{UNKNOWN}/hie-opt-out?hieOptOut=true"),
    ("POST", f"{PATIENT}/match"),
    ("GET", REVIEW),
    ("POST", REVIEW),
    ("GET", PAIR),
    ("POST", f"{PAIR}/same"),
    ("POST", f"{PAIR}/different"),
    ("POST", f"{PAIR}/ask-again"),
    ("POST", f"{PAIR}/split"),
    ("POST", f"{PAIR}/undo"),
    ("GET", f"{REVIEW}/cluster/{UNKNOWN}"),
    ("POST", f"{REVIEW}/cluster/{UNKNOWN}/undo"),
    ("POST", f"{REVIEW}/cluster/same"),
    ("POST", f"{REVIEW}/cluster/different"),
    ("GET", f"{REVIEW}/scores"),
    ("GET", f"{REVIEW}/bulk"),
    ("POST", f"{REVIEW}/bulk"),
    ("GET", f"{REVIEW}/bulk/{UNKNOWN}"),
    ("POST", f"{REVIEW}/bulk/{UNKNOWN}/merge"),
    ("POST", f"{REVIEW}/bulk/{UNKNOWN}/cancel"),
    ("POST", PATIENT),
    ("PUT", f"{PATIENT}/{UNKNOWN}"),
    ("DELETE", f"{PATIENT}/{UNKNOWN}"),
    ("GET", f"{PATIENT}/external-id?externalId=X"),
    ("GET", f"{PATIENT}/{UNKNOWN}/hie-opt-out"),
    ("GET", f"{PATIENT}/{UNKNOWN}/facility"),
    ("POST", f"{PATIENT}/{UNKNOWN}/facility"),
    ("GET", f"{PATIENT}/{UNKNOWN}/cohort"),
    ("POST", f"{PATIENT}/{UNKNOWN}/cohort"),
    ("GET", FACILITY),
    ("POST", FACILITY),
    ("GET", f"{FACILITY}/{UNKNOWN}"),
    ("PUT", f"{FACILITY}/{UNKNOWN}"),
    ("DELETE", f"{FACILITY}/{UNKNOWN}"),
    ("GET", MAPPING),
    ("POST", MAPPING),
    ("DELETE", f"{MAPPING}/metriport"),
    ("GET", HELD),
    ("POST", f"{HELD}/{UNKNOWN}/let-through"),
    ("POST", f"{HELD}/{UNKNOWN}/refuse"),
    ("GET", COHORT),
    ("POST", COHORT),
    ("GET", f"{COHORT}/{UNKNOWN}"),
    ("PATCH", f"{COHORT}/{UNKNOWN}"),
    ("DELETE", f"{COHORT}/{UNKNOWN}"),
    ("GET", f"{COHORT}/{UNKNOWN}/patient"),
    ("POST", f"{COHORT}/{UNKNOWN}/patient"),
    ("DELETE", f"{COHORT}/{UNKNOWN}/patient"),
    ("POST", f"{DOCUMENT}/query?patientId={UNKNOWN}"),
    ("GET", f"{DOCUMENT}/query?patientId={UNKNOWN}"),
    ("GET", f"{DOCUMENT}?patientId={UNKNOWN}"),
    ("GET", "/settings"),
    ("POST", "/settings"),
    ("GET", "/settings/webhook"),
    ("POST", "/settings/webhook/retry"),
]
WRITES = [each for each in CALLS if each[0] != "GET" and not each[1].endswith("/match")]


def is_problem(answer, status):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"status", "name", "title", "detail"}
    assert body["status"] == status
    assert body["name"].endswith("Error")
    return True


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_needs_a_valid_key(api, method, path):
    for headers in ({}, {"x-api-key": ""}, {"x-api-key": "rl_wrong"}, {"x-api-key": "x" * 5000}):
        answer = httpx.request(method, api.api_url + path, headers=headers, json={})
        assert is_problem(answer, 401)


def test_every_call_of_the_description_is_tested_here(api):
    described = httpx.get(f"{api.api_url}/openapi.json").json()["paths"]
    with_key = {
        (method.upper(), path)
        for path, methods in described.items()
        for method, call in methods.items()
        if call.get("security")
    }
    assert len(with_key) == len(CALLS)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_key_of_scope_read_changes_nothing(api, connection, account, method, path):
    with calling(api, connection, account, scope="read") as client:
        bodies = {
            "/settings": {"webhookUrl": None},
            REVIEW: {"by": "X", "patientId": UNKNOWN, "otherPatientId": UNKNOWN},
            f"{REVIEW}/cluster/same": {"by": "X", "same": [UNKNOWN]},
            f"{REVIEW}/cluster/different": {"by": "X", "patients": [UNKNOWN]},
            f"{REVIEW}/bulk": {"by": "X", "fromScore": 18},
        }
        answer = client.request(method, path, json=bodies.get(path, {"name": "X", "by": "X"}))
        assert is_problem(answer, 403)
        assert client.get("/medical/v1/cohort").json() == {"cohorts": []}


def test_a_revoked_key_is_refused_at_once(client, connection, account):
    assert client.get(BULK).status_code == 200
    revoke_key(connection, account, "key full", datetime.now(UTC))
    connection.commit()
    assert is_problem(client.get(BULK), 401)


def test_requests_beyond_the_limit_are_answered_with_when_to_retry(database, connection, account):
    with (
        serving(database, requests_per_minute=3) as api,
        calling(api, connection, account) as client,
    ):
        answers = [client.get(BULK) for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert is_problem(answers[3], 429)
        assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
        assert answers[0].headers["ratelimit"].startswith('"key";r=2;t=')
        # The calls of a minute weigh in the next one too, so it may be more than a minute.
        assert 1 <= int(answers[3].headers["retry-after"]) < 120


def test_the_limit_of_one_key_is_not_that_of_another(database, connection, account):
    with (
        serving(database, requests_per_minute=1) as api,
        calling(api, connection, account) as client,
        calling(api, connection, account, scope="read") as second,
    ):
        assert client.get(BULK).status_code == 200
        assert client.get(BULK).status_code == 429
        assert second.get(BULK).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", BULK, 405),
        ("GET", f"{BULK}/not-an-id", 404),
        ("GET", f"{BULK}?count=0", 400),
        ("GET", f"{BULK}?count=501", 400),
        ("GET", f"{PATIENT}?fromItem=x", 400),
        ("POST", f"{BULK}?dryRun=perhaps", 400),
        ("PUT", f"{PATIENT}/{UNKNOWN}/hie-opt-out", 400),
        ("PUT", f"{PATIENT}/{UNKNOWN}/hie-opt-out?hieOptOut=true", 404),
        ("GET", f"{PATIENT}/{UNKNOWN}", 404),
        ("GET", "/result/abc", 403),
        ("PUT", "/upload/abc", 403),
    ],
)
def test_wrong_calls_are_answered_in_one_shape(client, method, path, status):
    assert is_problem(client.request(method, path), status)


def test_a_wrong_method_is_answered_with_the_right_ones(client):
    methods = {
        BULK: "GET, POST",
        f"{PATIENT}/match": "POST",
        f"{REVIEW}/{UNKNOWN}/{UNKNOWN}": "GET",
    }
    for path, allowed in methods.items():
        answer = client.request("DELETE", path)
        assert is_problem(answer, 405)
        assert answer.headers["allow"] == allowed
        assert allowed in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"name": ""}', b'{"name": "a\\u0000b"}', b'{"name": "a\\u202eb"}',
     b'{"name": "\\ud800"}',
     b'{"name": 1}', b'{"name": "' + b"x" * 201 + b'"}', b"\xff"],
)  # fmt: skip
def test_malformed_bodies_are_refused(client, body):
    answer = client.post("/medical/v1/cohort", content=body)
    assert is_problem(answer, 400)


def test_a_body_that_is_far_too_large_is_not_read(api):
    def endless():
        while True:
            yield b" " * 10_000

    for content in (b" " * 100_000, endless()):
        try:
            answer = httpx.post(f"{api.api_url}/medical/v1/cohort", content=content)
            assert answer.status_code in (400, 401, 413)
        except httpx.WriteError:
            pass  # refused while we were still sending


def test_a_malformed_header_is_refused(client):
    for key in ("", "a b", "x" * 256, "\u00e4".encode()):
        answer = client.post(BULK, headers={"Idempotency-Key": key})
        assert is_problem(answer, 400)


def test_facilities_and_cohorts_are_added_listed_and_named_once(client, other):
    # A facility without NPI and address is listed apart from those that Metriport's SDK can read.
    for path, name in (("facility", "incomplete"), ("cohort", "cohorts")):
        before, others = (each.get(f"/medical/v1/{path}").json() for each in (client, other))
        added = client.post(f"/medical/v1/{path}", json={"name": "Main Street"}).json()
        assert client.get(f"/medical/v1/{path}").json() == before | {
            name: [*before.get(name, []), added]
        }
        assert is_problem(client.post(f"/medical/v1/{path}", json={"name": "Main Street"}), 409)
        assert other.get(f"/medical/v1/{path}").json() == others


def test_a_call_that_waits_for_an_import_of_the_account_gives_up_and_says_when_to_retry(
    api, client, connection, account
):
    send(client)
    import_all(api)
    (patient, _) = client.get(PATIENT).json()["patients"]
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline apply'), %s)", (account.id,)
    )
    path = f"{PATIENT}/{patient['id']}/hie-opt-out?hieOptOut=true"
    answer = client.put(path)
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]
    connection.rollback()
    assert client.put(path).status_code == 200


def test_the_description_describes_every_call(api):
    page = httpx.get(f"{api.api_url}/docs")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sources
    for source in sources:
        assert httpx.get(f"{api.api_url}{source}").status_code == 200, "all of it comes from us"
    described = httpx.get(f"{api.api_url}/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            assert call.get("description"), f"{method} {path}"
            for parameter in call.get("parameters", []):
                known = parameter["in"] == "path" or parameter.get("description")
                assert known, f"{method} {path} {parameter['name']}"


def test_the_service_reports_that_it_is_healthy(api):
    assert httpx.get(f"{api.api_url}/health").json() == {"status": "ok"}


def test_no_patient_value_and_no_link_reaches_the_log(api, client, caplog):
    caplog.set_level("DEBUG")
    started = send(client)
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    httpx.get(found["result"])
    client.get(PATIENT)
    gateway = "\n".join(each.getMessage() for each in caplog.records if "gateway" in each.name)
    assert "route=/result/{token} status=200" in gateway
    for secret in ("Ada", "Main St", found["result"][-40:], started["uploadUrl"][-40:]):
        assert secret not in gateway


def test_no_answer_may_be_cached(api, client):
    started = send(client)
    import_all(api)
    result = client.get(f"/medical/v1/patient/bulk/{started['requestId']}").json()["result"]
    answers = [
        httpx.get(result),
        client.get("/medical/v1/patient"),
        client.get("/medical/v1/patient/bulk"),
        client.get("/settings"),
        client.get("/health"),
        httpx.get(f"{api.api_url}/medical/v1/patient"),
        client.get("/medical/v1/nothing"),
        client.post("/medical/v1/facility", content=b"x" * 100_000),
    ]
    assert [each.status_code for each in answers] == [200] * 5 + [401, 404, 413]
    assert {each.headers["cache-control"] for each in answers} == {"no-store"}
    assert "ratelimit" in answers[1].headers


def test_a_parameter_without_a_value_counts_as_absent(client):
    for method, path in (
        ("GET", "/medical/v1/patient?facilityId=&filters=&count=&fromItem=&toItem="),
        ("GET", "/medical/v1/patient/bulk?count=&fromItem="),
        ("GET", "/medical/v1/review?state=&band=&reason=&importId=&foundFrom=&fromItem="),
        ("POST", "/medical/v1/patient/bulk?facilityId=&dryRun="),
    ):
        assert client.request(method, path).status_code == 200, path
    started = client.post("/medical/v1/patient/bulk?dryRun=").json()
    assert started["params"] == {"dryRun": False}
    assert client.post("/medical/v1/patient/bulk?facilityId=&dryRun=true").json()["params"] == {
        "dryRun": True
    }
    for path in (
        "/medical/v1/document/query?patientId=",
        "/medical/v1/patient/external-id?externalId=",
    ):
        assert is_problem(client.get(path), 400)  # what a call needs
    assert is_problem(client.get("/medical/v1/patient?filtr="), 400)  # what it does not know
