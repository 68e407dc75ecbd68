"""The character NUL, which PostgreSQL cannot store, is the caller's fault wherever it stands."""

import socket

import psycopg
import pytest
from psycopg.errors import UntranslatableCharacter

from gateway.api.app import create_app
from gateway.http.errors import log_unexpected

NUL = "a\0b"
ADDRESS = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}
PERSON = {"firstName": "Ada", "lastName": "Sample", "dob": "1980-02-01", "genderAtBirth": "F",
          "address": ADDRESS}  # fmt: skip
REVIEW = (
    "/medical/v1/review/0199c0de-0000-7000-8000-000000000000/0199c0de-0000-7000-8000-000000000001"
)

BODIES = [
    *(("/medical/v1/facility", {"name": "Pier", field: NUL}) for field in ("name", "tin", "npi")),
    *(("/medical/v1/facility", {"name": "Pier", "address": ADDRESS | {field: NUL}})
      for field in ("addressLine1", "addressLine2", "city", "state", "zip")),
    *(("/medical/v1/cohort", {"name": "x", field: NUL}) for field in ("name", "description")),
    ("/medical/v1/column-mapping", {"columns": [{"header": NUL, "field": "dob"}]}),
    ("/medical/v1/column-mapping", {"columns": [{"header": "Born", "field": NUL}]}),
    ("/settings", {"webhookUrl": f"https://receiver.example/{NUL}"}),
    (f"{REVIEW}/same", {"by": NUL}),
    *(("/medical/v1/patient", PERSON | {field: NUL})
      for field in ("firstName", "lastName", "dob", "genderAtBirth", "externalId")),
    ("/medical/v1/patient", PERSON | {"contact": [{"phone": NUL}]}),
    ("/medical/v1/patient", PERSON | {"contact": [{"email": NUL}]}),
    ("/medical/v1/patient", PERSON | {"personalIdentifiers": [{"type": "ssn", "value": NUL}]}),
    *(("/medical/v1/patient/match", PERSON | {field: NUL}) for field in ("firstName", "lastName")),
    ("/medical/v1/document/query?patientId=0199c0de-0000-7000-8000-000000000000",
     {"metadata": {NUL: NUL}}),
]  # fmt: skip


class TestTheCharacter:
    @pytest.mark.parametrize(("path", "body"), BODIES)
    def test_in_a_body_is_refused(self, client, path, body):
        answer = client.post(path, json=body)
        assert answer.status_code in (400, 501), answer.text
        assert "error of ours" not in answer.text

    def test_in_any_query_parameter_of_any_call_is_refused(self, client, api):
        asked = [
            (method, path, parameter["name"])
            for path, methods in create_app(api).openapi()["paths"].items()
            for method, call in methods.items()
            for parameter in call.get("parameters", [])
            if parameter["in"] == "query"
        ]
        assert len(asked) > 20
        for method, pattern, name in asked:
            path = pattern.replace("{", "").replace("}", "")
            answer = client.request(method, path, params={name: NUL})
            assert answer.status_code == 400, (method, path, name)

    @pytest.mark.parametrize(
        "path", ["/medical/v1/patient/%00", "/%00", "/upload/%00", "/result/a%00b", "/x?%00=1"]
    )
    def test_in_a_path_is_refused(self, client, path):
        assert client.get(path).status_code == 400

    def test_in_a_header_is_refused(self, api):
        with socket.create_connection(("127.0.0.1", api.http_port), 10) as one:
            one.sendall(b"GET /settings HTTP/1.1\r\nHost: x\r\nx-api-key: rl_\0\r\n\r\n")
            assert one.recv(4096).startswith(b"HTTP/1.1 400")

    def test_that_gets_as_far_as_the_database_is_no_error_of_ours(self, connection, caplog):
        with pytest.raises(psycopg.DataError) as caught:
            connection.execute("SELECT %s::text", (NUL,))
        assert log_unexpected(caught.value) == 400
        assert log_unexpected(UntranslatableCharacter("\\u0000 cannot be converted")) == 400
        assert caplog.text == ""
