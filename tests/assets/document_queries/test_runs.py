"""Document queries in Dagster: metadata, checks, and the runs that the sensor starts."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.document_queries.send import TURN_QUERIES
from assets.partitions import CLAIM_TAG
from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.document_sensor import document_queries_due, stretches, turn_of_each
from pipelines.import_claims import PARTITIONS, keys_under_way
from pipelines.jobs import query_documents
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG
from registry.accounts.accounts import add_account
from registry.documents.plans import DuePlan
from registry.ledger.imports import get_import
from tests.assets.document_queries.conftest import people
from tests.fhir import Reply, searchset

JOB = defs.resolve_job_def(query_documents.name)


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def harbor(harbor, monkeypatch):
    """The clinic, with the process's environment set to its settings."""
    for name, value in harbor.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    return harbor


def run(instance, *imports, claimed=True):
    keys = [imported.partition_key for imported in imports]
    instance.add_dynamic_partitions(PARTITIONS, keys)
    tags = {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
    if claimed:
        tags[CLAIM_TAG] = "true"
    return JOB.execute_in_process(instance=instance, tags=tags)


def shown(result):
    """Metadata by partition."""
    return {
        event.partition: {name: value.value for name, value in event.metadata.items()}
        for event in result.asset_materializations_for_node("document_queries")
    }


def failed_checks(result):
    return {
        each.check_name: (each.metadata["imports concerned"].value, each.severity.value)
        for each in result.get_asset_check_evaluations()
        if not each.passed
    }


def test_each_import_of_a_run_shows_its_own_figures(instance, harbor, endpoint):
    endpoint.reply = lambda asked: searchset(2 if asked.given == "Ada" else 0)
    first, second = harbor.has("Ada", "Ben"), harbor.has("Cleo")
    result = run(instance, first, second)
    of_first, of_second = (shown(result)[each.partition_key] for each in (first, second))
    figures = ("planned", "completed", "failed", "found")
    assert [of_first[name] for name in figures] == [2, 2, 0, 2]
    assert [of_second[name] for name in figures] == [1, 1, 0, 0]
    assert of_first["seconds"] > 0
    assert of_first["import"] == str(first.id)
    assert failed_checks(result) == {}
    assert len(result.get_asset_check_evaluations()) == 2


def test_without_an_endpoint_the_run_says_so(instance, harbor, monkeypatch):
    monkeypatch.delenv("ROSTERLINE_FHIR_BASE_URL")
    imported = harbor.has("Ada")
    figures = shown(run(instance, imported))[imported.partition_key]
    assert (figures["not configured"], figures["planned"]) == (1, 1)


def test_without_an_endpoint_the_sensor_records_it_and_starts_no_run(instance, harbor, monkeypatch):
    monkeypatch.delenv("ROSTERLINE_FHIR_BASE_URL")
    imported = harbor.has("Ada", "Ben")
    context = dg.build_sensor_context(
        instance=instance, resources={"rosterline": RosterlineResource()}
    )
    asked = document_queries_due(context)
    assert (asked.run_requests, asked.skip_reason.skip_message) == (
        [],
        "ROSTERLINE_FHIR_BASE_URL is not set",
    )
    assert harbor.states() == dict.fromkeys(("Ada", "Ben"), ("not-configured", None, None))
    assert harbor.progress(imported).state == "settled"


def test_a_failed_query_warns(instance, harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=400)
    result = run(instance, harbor.has("Ada"))
    assert result.success
    assert failed_checks(result) == {"queries_are_answered": (1, "WARN")}


def test_a_failing_endpoint_warns_and_only_one_import_tries_it(instance, harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=503)
    many = harbor.has(*(f"Ada{number}" for number in range(20)))
    result = run(instance, many, harbor.has("Ben"), harbor.has("Cleo"))
    assert failed_checks(result) == {"queries_are_answered": (1, "WARN")}
    assert "Ben" not in endpoint.names
    assert sorted(figures["still open"] for figures in shown(result).values()) == [1, 1, 20]


@contextmanager
def lost(connection, patient):
    """A database that silently loses the queries about one patient."""
    connection.execute(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RETURN CASE WHEN NEW.patient_id = '{patient}' THEN NULL ELSE NEW END; END $$;"
        "CREATE TRIGGER lose BEFORE INSERT ON document_query FOR EACH ROW EXECUTE FUNCTION lose()"
    )
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute("DROP TRIGGER lose ON document_query; DROP FUNCTION lose()")
        connection.commit()


def test_a_patient_without_a_query_fails_its_check(instance, harbor):
    imported = harbor.has("Ada", "Ben")
    with lost(harbor.connection, harbor.patient("Ada")):
        result = run(instance, imported)
    assert failed_checks(result) == {"every_changed_patient_has_a_query": (1, "ERROR")}


def test_materialising_by_hand_repeats_failed_queries(instance, harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=400)
    imported = harbor.has("Ada")
    run(instance, imported)
    endpoint.reply = lambda _: searchset(1)
    run(instance, imported)
    assert harbor.states()["Ada"][0] == "failed"
    run(instance, imported, claimed=False)
    assert harbor.states()["Ada"] == ("completed", 1, None)


def test_an_import_completes_while_queries_of_an_earlier_one_are_sent(instance, harbor, endpoint):
    asked, seen = [], []

    def answer_late(request):
        asked.append(request)
        if len(asked) == 1:  # where this takes long it is asked again meanwhile
            imported = harbor.sends(people("Ben", "Cleo"))
            harbor.connection.commit()
            progress = harbor.progress(imported)
            state = get_import(harbor.connection, imported.partition_key).state
            seen.append((state, progress.state, progress.total))
        return searchset()

    endpoint.reply = answer_late
    run(instance, harbor.has("Ada"))
    assert seen == [("completed", "wanted", 0)]
    assert harbor.states()["Ada"] == ("completed", 0, None)


class TestTheSensor:
    def tick(self, instance):
        resources = {"rosterline": RosterlineResource()}
        return document_queries_due(dg.build_sensor_context(instance=instance, resources=resources))

    def keys(self, instance, *imports):
        instance.add_dynamic_partitions(PARTITIONS, [each.partition_key for each in imports])
        return [each.partition_key for each in imports]

    def test_it_starts_a_run_for_an_import_that_completed(self, instance, harbor):
        (key,) = self.keys(instance, harbor.has("Ada"))
        (request,) = self.tick(instance).run_requests
        assert (request.partition_key, request.run_key) == (key, None)
        assert request.tags[CLAIM_TAG] == "true"

    def test_adjacent_imports_share_a_run(self, instance, harbor):
        keys = self.keys(instance, harbor.has("Ada"), harbor.has("Ben"), harbor.has("Cleo"))
        (request,) = self.tick(instance).run_requests
        assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (keys[0], keys[-1])

    def test_a_settled_plan_starts_no_run(self, instance, harbor):
        imported = harbor.has("Ada")
        self.keys(instance, imported)
        harbor.asks(imported)
        tick = self.tick(instance)
        assert (tick.run_requests, tick.skip_reason.skip_message) == (
            [], "no document query is due",
        )  # fmt: skip

    def test_a_plan_under_way_starts_no_second_run(self, instance, harbor):
        (key,) = self.keys(instance, harbor.has("Ada"))
        tags = {"dagster/partition": key}
        instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.STARTED, tags=tags)
        assert self.tick(instance).run_requests == []
        # It is not taken for a run of the import itself.
        assert keys_under_way(instance) == set()

    @pytest.mark.dated
    def test_a_plan_that_waits_for_a_retry_starts_no_run_until_then(
        self, instance, harbor, endpoint
    ):
        endpoint.reply = lambda _: Reply(status=503, headers={"retry-after": "100"})
        imported = harbor.has("Ada")
        self.keys(instance, imported)
        harbor.asks(imported)
        assert self.tick(instance).run_requests == []
        due_at = harbor.progress(imported).due_at
        assert due_at > datetime.now(UTC) + timedelta(seconds=60)
        harbor.connection.execute("UPDATE document_plan SET due_at = now()")
        harbor.connection.commit()
        assert len(self.tick(instance).run_requests) == 1

    def test_a_removed_partition_is_added_again(self, instance, harbor):
        imported = harbor.has("Ada")
        (request,) = self.tick(instance).run_requests
        assert request.partition_key == imported.partition_key
        assert instance.get_dynamic_partitions(PARTITIONS) == [imported.partition_key]

    def test_an_import_that_is_processed_again_is_left_until_it_is_over(self, instance, harbor):
        imported = harbor.has("Ada")
        self.keys(instance, imported)
        harbor.connection.execute("UPDATE import SET state = 'processing'")
        harbor.connection.commit()
        assert self.tick(instance).run_requests == []


@pytest.mark.usefixtures("endpoint")
def test_an_account_with_many_gives_way_to_another_that_waits(harbor):
    many = harbor.has(*(f"Person {number}" for number in range(TURN_QUERIES + 20)))
    other = replace(harbor, account=add_account(harbor.connection, "other", "metriport"))
    theirs = other.has("Ben")
    fast = {"fhir_requests_per_second": 2000.0}
    report = harbor.asks(many, **fast)
    assert TURN_QUERIES <= report.figures["completed"] < TURN_QUERIES + 20
    assert report.figures["gave way"] == 1
    assert other.asks(theirs, **fast).figures["completed"] == 1
    assert harbor.asks(many, **fast).figures["still open"] == 0


def test_each_account_has_one_run_however_many_imports_wait():
    due = [DuePlan("a1", 1), DuePlan("b1", 2), DuePlan("a2", 1), DuePlan("a4", 1)]
    assert turn_of_each(due, ["a1", "a2", "b1", "a4"], 9) == [["a1", "a2"], ["b1"]]


@pytest.mark.parametrize(
    ("wanted", "size", "found"),
    [
        ("", 9, []),
        ("b", 9, ["b"]),
        ("bcd", 9, ["bcd"]),
        ("dbc", 9, ["bcd"]),
        ("abdef", 9, ["ab", "def"]),
        ("abcdef", 2, ["ab", "cd", "ef"]),
        ("xb", 9, ["b"]),
    ],
)
def test_only_adjacent_keys_share_a_run(wanted, size, found):
    assert ["".join(each) for each in stretches("abcdef", wanted, size)] == found
