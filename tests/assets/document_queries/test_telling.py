"""Where people and programs see how document queries are: API, command, doctor."""

import json

import pytest
from typer.testing import CliRunner

from cli import output
from cli.installation import service_checks
from cli.main import app
from registry.accounts.accounts import add_account, add_facility
from registry.database.row_level_security import as_account
from tests.assets.document_queries.conftest import Person
from tests.fhir import Reply, searchset
from tests.gateway.api.conftest import calling
from tests.gateway.api.conftest import serving as serving_api

BULK = "/medical/v1/patient/bulk"
PATIENT = "/medical/v1/patient"


@pytest.fixture
def client(harbor):
    with (
        serving_api(harbor.settings) as own,
        calling(own, harbor.connection, harbor.account) as client,
    ):
        yield client


@pytest.fixture
def asked(harbor):
    """Enters an import as one that the API asked for."""

    def entered(*persons):
        imported = harbor.has(*persons)
        harbor.connection.execute(
            "INSERT INTO bulk_request (id, account_id, dry_run, state, created_at, expires_at)"
            " VALUES (%s, %s, false, 'received', now(), now())",
            (imported.id, harbor.account.id),
        )
        harbor.connection.commit()
        return imported

    return entered


@pytest.fixture
def rosterline(harbor, monkeypatch):
    """Runs the command, and gives what it printed."""
    # Rich kept the width that pytest's workers were started with.
    monkeypatch.setattr(output.console, "width", 200)
    for name, value in harbor.settings.as_environment().items():
        monkeypatch.setenv(name, value)

    def run(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


class TestTheApi:
    def test_a_request_shows_the_progress_of_its_queries(self, harbor, endpoint, client, asked):
        endpoint.reply = lambda each: Reply(status=400) if each.given == "Cleo" else searchset(2)
        imported = asked("Ada", "Ben", "Cleo", Person("Dan"))
        wanted = client.get(f"{BULK}/{imported.id}").json()["documentQueries"]
        assert (wanted["status"], wanted["total"]) == ("processing", 0)
        harbor.asks(imported, seconds=0)
        harbor.connection.execute("UPDATE patient SET hie_opt_out = true WHERE first_name = 'Dan'")
        planned = client.get(f"{BULK}/{imported.id}").json()["documentQueries"]
        assert (planned["status"], planned["total"], planned["processing"]) == ("processing", 4, 4)
        harbor.asks(imported)
        expected = {
            "status": "failed", "total": 4, "processing": 0, "completed": 2, "failed": 1,
            "notConfigured": 0, "optedOut": 1, "found": 4, "fault": None,
        }  # fmt: skip
        assert client.get(f"{BULK}/{imported.id}").json()["documentQueries"] == expected
        (listed,) = client.get(BULK).json()["requests"]
        assert listed["documentQueries"] == expected

    def test_a_request_without_an_endpoint_says_so_and_its_patients_have_none(
        self, harbor, client, asked
    ):
        imported = asked("Ada")
        harbor.asks(imported, fhir_base_url=None)
        found = client.get(f"{BULK}/{imported.id}").json()
        assert (found["status"], found["documentQueries"]["status"]) == (
            "completed", "not-configured",
        )  # fmt: skip
        patient = client.get(f"{PATIENT}/{harbor.patient('Ada')}").json()
        assert "documentQuery" not in patient

    def test_a_request_that_is_paused_says_why(self, harbor, endpoint, client, asked):
        endpoint.reply = lambda _: Reply(status=401)
        imported = asked(*(f"Ada{number}" for number in range(12)))
        harbor.asks(imported)
        found = client.get(f"{BULK}/{imported.id}").json()["documentQueries"]
        assert (found["status"], found["fault"]) == ("processing", "http_401")

    def test_a_request_without_an_import_has_none(self, client, harbor):
        add_facility(harbor.connection, harbor.account, "Main Street")
        harbor.connection.commit()
        started = client.post(BULK).json()
        assert client.get(f"{BULK}/{started['requestId']}").json()["documentQueries"] is None

    def test_a_patient_shows_the_last_query(self, harbor, endpoint, client):
        endpoint.reply = lambda _: searchset(len(endpoint.asked))
        first, second = harbor.has("Ada", "Ben"), harbor.has("Ada", outcome="updated")
        harbor.asks(first, fhir_concurrency=1)
        harbor.asks(second)
        path = f"{PATIENT}/{harbor.patient('Ada')}"
        expected = {"status": "completed", "found": 3, "requestId": str(second.id)}
        assert client.get(path).json()["documentQuery"] == expected
        by_name = {each["firstName"]: each for each in client.get(PATIENT).json()["patients"]}
        assert by_name["Ada"]["documentQuery"] == expected
        assert by_name["Ben"]["documentQuery"]["requestId"] == str(first.id)
        person = {"firstName": "Ada", "lastName": "Sample", "dob": "1980-02-01",
                  "genderAtBirth": "F", "address": {"zip": "02101"}}  # fmt: skip
        matched = client.post(f"{PATIENT}/match", json=person).json()
        assert matched["documentQuery"] == expected

    def test_a_patient_without_a_query_shows_none(self, harbor, client):
        harbor.has(Person("Ada", opted_out=True))
        patient = client.get(f"{PATIENT}/{harbor.patient('Ada')}").json()
        assert (patient["hieOptOut"], patient.get("documentQuery")) == (True, None)

    def test_the_description_says_what_the_fields_mean(self, client):
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
        assert schemas["DocumentQueries"]["properties"]["found"]["description"]
        assert "not-configured" in json.dumps(schemas["PatientDocumentQuery"])

    def test_another_account_sees_nothing_of_it(self, harbor, connection):
        harbor.asks(harbor.has("Ada"))
        bay = add_account(connection, "bay", "metriport")
        connection.commit()
        for account, count in ((harbor.account, 1), (bay, 0)):
            with as_account(connection, account.id):
                for table in ("document_plan", "document_query"):
                    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                    assert found == (count,)


class TestTheCommand:
    def test_status_shows_counts_and_reasons(self, harbor, endpoint, rosterline):
        endpoint.reply = lambda each: Reply(status=422) if each.given == "Cleo" else searchset(600)
        imported = harbor.has("Ada", "Ben", "Cleo")
        assert "documents  wanted; the daemon starts the queries" in rosterline(
            "status", imported.id
        )
        harbor.asks(imported)
        said = rosterline("status", imported.id)
        assert "documents  1,200 found, 2 completed, 1 failed (http_422 1)" in said
        found = json.loads(rosterline("status", imported.id, "--json"))["documents"]
        assert (found["status"], found["found"]) == ("failed", 1200)
        assert found["reasons"] == {"http_422": 1}

    def test_status_says_not_configured(self, harbor, rosterline):
        imported = harbor.has("Ada", "Ben")
        harbor.asks(imported, fhir_base_url=None)
        said = rosterline("status", imported.id)
        assert "documents  2 not configured: set ROSTERLINE_FHIR_BASE_URL" in said

    def test_status_says_why_and_until_when_it_is_paused(self, harbor, endpoint, rosterline):
        endpoint.reply = lambda _: Reply(status=401)
        imported = harbor.has(*(f"Ada{number}" for number in range(12)))
        harbor.asks(imported, fhir_concurrency=1)
        said = rosterline("status", imported.id)
        assert "0 found, 12 processing (http_401 10); http_401: paused until 20" in said

    def test_an_import_without_queries_does_not_mention_them(self, harbor, connection, rosterline):
        imported = harbor.has("Ada")
        connection.execute("DELETE FROM document_plan")
        connection.commit()
        assert "documents" not in rosterline("status", imported.id)
        assert json.loads(rosterline("status", imported.id, "--json"))["documents"] is None


CAPABLE = Reply(b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}')


class TestTheDoctor:
    @pytest.mark.parametrize(
        ("reply", "level", "found"),
        [
            (CAPABLE, "warn", "speaks FHIR R4, in clear text"),
            (Reply(status=503), "warn", "/metadata answers 503"),
            (Reply(b"<html>"), "warn", "JSONDecodeError"),
            (Reply(b"[]"), "warn", "/metadata is no CapabilityStatement"),
            (Reply(CAPABLE.body.replace(b"4.0.1", b"5.0.0")), "warn", "speaks FHIR 5.0.0, not R4"),
            (Reply(hang=30), "warn", "no answer in 1 seconds"),
        ],
    )
    def test_it_asks_the_endpoint_what_it_is(self, harbor, endpoint, reply, level, found):
        endpoint.reply = lambda _: reply
        settings = harbor.settings.model_copy(update={"fhir_timeout_seconds": 1})
        check = self.check(settings)
        assert (check.level, endpoint.asked[0].path) == (level, "/fhir/metadata")
        assert found in check.found
        assert check.todo

    def test_an_endpoint_that_is_not_there_warns(self, harbor):
        nowhere = harbor.settings.model_copy(update={"fhir_base_url": "https://127.0.0.1:1/fhir"})
        assert self.check(nowhere).found.endswith("ConnectError")

    def test_a_missing_endpoint_is_no_fault(self, harbor):
        without = harbor.settings.model_copy(update={"fhir_base_url": None})
        check = self.check(without)
        assert check.level == "ok"
        assert "nobody is asked" in check.found

    def check(self, settings):
        return service_checks.check_documents(settings)
