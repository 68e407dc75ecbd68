"""Document queries over HTTP: for which patients, with which parameters, and what is stored."""

from urllib.parse import urlencode

import pytest

from tests.assets.document_queries.conftest import Person, people
from tests.fhir import searchset


@pytest.mark.slow
def test_each_created_or_updated_patient_gets_a_query(harbor, endpoint):
    endpoint.reply = lambda asked: searchset(3 if asked.given == "Ada" else 0)
    first = harbor.sends(people("Ada", "Ben", "!Cleo"))
    report = harbor.asks(first)
    assert sorted(endpoint.names) == ["Ada", "Ben"]
    assert harbor.states() == {"Ada": ("completed", 3, None), "Ben": ("completed", 0, None)}
    figures = ("planned", "completed", "failed", "still open", "found", "unplanned")
    assert [report.figures[name] for name in figures] == [2, 2, 0, 0, 3, 0]
    # The same file again changes no patient; a file that changes Ben makes a query for him only.
    assert harbor.asks(harbor.sends(people("Ada", "Ben", "!Cleo"))).figures["planned"] == 0
    moved = people("Ada", "Ben").replace(
        "Ben,Sample,1980-02-01,F,1 Main", "Ben,Sample,1980-02-01,F,2 Main"
    )
    assert harbor.asks(harbor.sends(moved)).figures["planned"] == 1
    assert sorted(endpoint.names) == ["Ada", "Ben", "Ben"]


def test_a_query_is_a_post_without_parameters_in_its_url(harbor, endpoint):
    harbor.asks(harbor.has(Person("Ada", zips=("02101", "04101"))))
    (asked,) = endpoint.asked
    assert (asked.method, asked.path) == ("POST", "/fhir/DocumentReference/_search")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["accept"] == "application/fhir+json"
    assert asked.headers["prefer"] == "handling=strict"
    assert "authorization" not in asked.headers
    assert asked.parameters == [
        ("patient.family", "Sample"),
        ("patient.given", "Ada"),
        ("patient.birthdate", "1980-02-01"),
        ("patient.gender", "female"),
        ("patient.address-postalcode", "02101,04101"),
        ("status", "current"),
    ]


def test_letters_of_all_kinds_arrive_unchanged(harbor, endpoint):
    harbor.asks(harbor.has(Person("Zoë", last="Müller & Söhne=1+1%")))
    parameters = dict(endpoint.asked[0].parameters)
    assert parameters["patient.given"] == "Zoë"
    assert parameters["patient.family"] == "Müller & Söhne=1+1%"


def test_a_patient_with_a_known_identifier_is_searched_by_it(harbor, endpoint):
    someone = Person("Ada", identifiers={"external": "X-1", "ssn/123456789": "123456789"})
    systems = ("external=urn:oid:1.2.3", "ssn=http://hl7.org/fhir/sid/us-ssn")
    harbor.asks(harbor.has(someone, "Ben"), fhir_identifier_systems=systems)
    token = "urn:oid:1.2.3|X-1,http://hl7.org/fhir/sid/us-ssn|123456789"
    bodies = [asked.body for asked in endpoint.asked]
    assert urlencode([("patient.identifier", token), ("status", "current")]) in bodies
    assert endpoint.names == ["Ben"]


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ({"fhir_token": "s3cret"}, "Bearer s3cret"),
        ({"fhir_user": "us", "fhir_password": "pw"}, "Basic dXM6cHc="),
    ],
)
def test_the_endpoint_is_shown_our_credentials(harbor, endpoint, credentials, header):
    harbor.asks(harbor.has("Ada"), **credentials)
    assert endpoint.asked[0].headers["authorization"] == header


def test_documents_of_all_pages_are_counted(harbor, endpoint):
    def in_pages(asked):
        if asked.method == "POST":
            return searchset(2, links={"next": f"{endpoint.url}/page?number=2"})
        if asked.path.endswith("=2"):
            return searchset(2, links={"next": "/fhir/page?number=3"})
        return searchset(1)

    endpoint.reply = in_pages
    harbor.asks(harbor.has("Ada"), fhir_token="s3cret")
    assert harbor.states() == {"Ada": ("completed", 5, None)}
    assert [asked.path for asked in endpoint.asked[1:]] == [
        "/fhir/page?number=2",
        "/fhir/page?number=3",
    ]
    assert {asked.headers["authorization"] for asked in endpoint.asked} == {"Bearer s3cret"}


def test_an_odd_answer_is_counted_with_a_remark(harbor, endpoint):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
    endpoint.reply = lambda _: searchset(
        entry=[{"resource": outcome, "search": {"mode": "outcome"}}]
    )
    harbor.asks(harbor.has("Ada"))
    assert harbor.states() == {"Ada": ("completed", 0, "incomplete")}


def test_running_again_sends_no_query_twice(harbor, endpoint):
    imported = harbor.has("Ada", "Ben")
    harbor.asks(imported)
    again = harbor.asks(imported)
    assert len(endpoint.asked) == 2
    assert (again.figures["planned"], again.figures["completed"]) == (2, 2)
    assert harbor.progress(imported).state == "settled"


def test_each_import_that_changed_a_patient_makes_a_new_query(harbor, endpoint):
    endpoint.reply = lambda _: searchset(len(endpoint.asked))
    first, second = harbor.has("Ada"), harbor.has("Ada", outcome="updated")
    harbor.asks(first)
    harbor.asks(second)
    assert endpoint.names == ["Ada", "Ada"]
    last = harbor.last("Ada")
    assert (last.import_id, last.found) == (second.id, 2)
    assert (harbor.progress(first).found, harbor.progress(second).found) == (1, 2)


@pytest.mark.parametrize("outcome", ["unchanged", "errored"])
def test_an_unchanged_patient_gets_no_query(harbor, endpoint, outcome):
    harbor.has("Ada")
    imported = harbor.has("Ada", outcome=outcome)
    assert harbor.asks(imported).figures["planned"] == 0
    assert endpoint.asked == []
    assert harbor.progress(imported).status == "completed"


def test_several_rows_about_one_patient_make_one_query(harbor, endpoint):
    harbor.asks(harbor.has("Ada", "Ada"))
    assert endpoint.names == ["Ada"]


def test_patients_that_a_further_attempt_changed_get_a_query(harbor, endpoint):
    imported = harbor.has("Ada", "Ben")
    harbor.asks(imported)
    harbor.connection.execute(
        "INSERT INTO attempt (import_id, number, state) VALUES (%s, 2, 'finished')", (imported.id,)
    )
    harbor.connection.execute(
        "INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)"
        " VALUES (%s, 2, 2, 'unchanged', %s), (%s, 2, 3, 'updated', %s)",
        (imported.id, harbor.patient("Ada"), imported.id, harbor.patient("Ben")),
    )
    harbor.asks(imported)
    assert sorted(endpoint.names) == ["Ada", "Ben", "Ben"]


class TestWithoutAnEndpoint:
    def test_queries_are_recorded_as_not_configured(self, harbor):
        imported = harbor.has("Ada", "Ben")
        figures = harbor.asks(imported, fhir_base_url=None).figures
        assert (figures["planned"], figures["not configured"], figures["unplanned"]) == (2, 2, 0)
        assert harbor.states() == {}
        progress = harbor.progress(imported)
        assert (progress.status, progress.state) == ("not-configured", "settled")

    def test_they_are_sent_by_the_next_run_over_the_import_with_an_endpoint(self, harbor, endpoint):
        imported = harbor.has("Ada")
        harbor.asks(imported, fhir_base_url=None)
        figures = harbor.asks(imported).figures
        assert (figures["not configured"], figures["completed"]) == (0, 1)
        assert endpoint.names == ["Ada"]

    def test_open_queries_become_not_configured_when_the_endpoint_is_removed(self, harbor):
        imported = harbor.has("Ada")
        harbor.asks(imported, seconds=0)
        assert harbor.progress(imported).status == "processing"
        harbor.asks(imported, fhir_base_url=None)
        assert harbor.progress(imported).status == "not-configured"


class TestImportsWithoutQueries:
    def test_a_dry_run_starts_none(self, harbor, connection):
        imported = harbor.has("Ada")
        connection.execute("UPDATE import SET dry_run = true")
        assert harbor.asks(imported).passed_by == "a dry run starts no document queries"

    def test_another_format_starts_none(self, harbor, connection):
        imported = harbor.has("Ada")
        connection.execute("UPDATE import SET format = 'ptdirect'")
        assert "ptdirect start no document queries" in harbor.asks(imported).passed_by

    def test_an_import_in_processing_starts_none(self, harbor, connection, endpoint):
        imported = harbor.has("Ada")
        connection.execute("UPDATE import SET state = 'processing'")
        assert harbor.asks(imported).passed_by.startswith("the import is processing")
        assert endpoint.asked == []
