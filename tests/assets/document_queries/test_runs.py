"""Document queries in Dagster: metadata, checks, and the runs that the sensor starts."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from assets.document_queries.send import TURN_QUERIES
from assets.partitions import CLAIM_TAG, imports_partitions
from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.document_sensor import document_queries_due, stretches, turn_of_each
from pipelines.jobs import query_documents
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG
from pipelines.runs_of_imports import PARTITIONS, keys_under_way
from registry.accounts.accounts import add_account
from registry.documents.plans import DuePlan
from registry.ledger.imports import get_import
from tests.assets.document_queries.conftest import people
from tests.fhir import Reply, searchset
from tests.lost_runs import minutes_ago

JOB = defs.resolve_job_def(query_documents.name)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


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


def run(instance, *imports, claimed=True, fails=False):
    keys = [imported.partition_key for imported in imports]
    instance.add_dynamic_partitions(PARTITIONS, keys)
    tags = {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
    if claimed:
        tags[CLAIM_TAG] = "true"
    return JOB.execute_in_process(instance=instance, tags=tags, raise_on_error=not fails)


def shown(result):
    """Metadata by partition."""
    return {
        event.partition: {name: value.value for name, value in event.metadata.items()}
        for event in result.asset_materializations_for_node("document_queries")
    }


def failed_checks(result):
    return {
        each.check_name: (each.partition, each.severity.value)
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
    verdicts = result.get_asset_check_evaluations()
    assert {each.partition for each in verdicts} == {first.partition_key, second.partition_key}
    assert len(verdicts) == 4


def test_without_an_endpoint_the_run_says_so(instance, harbor, monkeypatch):
    monkeypatch.delenv("ROSTERLINE_FHIR_BASE_URL")
    imported = harbor.has("Ada")
    figures = shown(run(instance, imported))[imported.partition_key]
    assert (figures["not configured"], figures["planned"]) == (1, 1)


def test_without_an_endpoint_the_import_itself_counts_its_patients_and_no_run_is_asked_for(
    instance, harbor
):
    harbor.settings = harbor.settings.model_copy(update={"fhir_base_url": None})
    imported = harbor.sends(people("Ada", "Ben", "!Cleo"))
    harbor.connection.commit()
    assert harbor.progress(imported).state == "settled"
    assert (harbor.progress(imported).not_configured, harbor.progress(imported).total) == (2, 2)
    assert harbor.connection.execute("SELECT count(*) FROM document_query").fetchone() == (0,)
    assert tick(instance).run_requests == []


def test_a_plan_from_before_the_endpoint_was_removed_is_settled_by_a_run(
    instance, harbor, monkeypatch
):
    monkeypatch.delenv("ROSTERLINE_FHIR_BASE_URL")
    imported = harbor.has("Ada", "Ben")
    before = harbor.progress(imported)
    assert len(tick(instance).run_requests) == 1
    assert harbor.progress(imported) == before  # the tick itself changes nothing
    run(instance, imported)
    assert harbor.states() == {}
    assert harbor.progress(imported).not_configured == 2
    assert tick(instance).run_requests == []


def test_a_failed_query_warns(instance, harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=400)
    imported = harbor.has("Ada")
    result = run(instance, imported)
    assert result.success
    assert failed_checks(result) == {"queries_are_answered": (imported.partition_key, "WARN")}


def test_a_failing_endpoint_warns_and_only_one_import_tries_it(instance, harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=503)
    many = harbor.has(*(f"Ada{number}" for number in range(20)))
    result = run(instance, many, harbor.has("Ben"), harbor.has("Cleo"))
    assert failed_checks(result) == {"queries_are_answered": (many.partition_key, "WARN")}
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
    assert failed_checks(result) == {
        "every_changed_patient_has_a_query": (imported.partition_key, "ERROR")
    }


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


class TestARangeOfWhichOnlyAPartHappens:
    """What a person sees of each partition: materialised, failed, or as it was before."""

    @pytest.fixture
    def broken(self, harbor):
        """An import whose account has a format that this version does not know."""
        other = replace(harbor, account=add_account(harbor.connection, "other", "metriport"))
        imported = other.has("Zoe")
        harbor.connection.execute("UPDATE import SET format = 'gone' WHERE id = %s", (imported.id,))
        harbor.connection.commit()
        return imported

    def statuses(self, instance):
        """The partitions by colour, as Dagster's UI computes them."""
        found = get_and_update_asset_status_cache_value(
            instance, dg.AssetKey("document_queries"), imports_partitions
        )
        red = found.deserialize_failed_partition_subsets(imports_partitions).get_partition_keys()
        made = found.deserialize_materialized_partition_subsets(imports_partitions)
        return {"green": set(made.get_partition_keys()) - set(red), "red": set(red)}

    def test_what_failed_is_red_and_its_neighbours_are_green(self, instance, harbor, broken):
        first, last = harbor.has("Ada"), harbor.has("Ben")
        result = run(instance, first, broken, last, fails=True)
        assert not result.success
        green = {first.partition_key, last.partition_key}
        assert set(shown(result)) == green
        assert self.statuses(instance) == {
            "green": green, "red": {broken.partition_key},
        }  # fmt: skip
        assert {state for state, *_ in harbor.states().values()} == {"completed"}

    def test_the_failure_names_the_import_and_no_value_of_a_patient(self, instance, broken):
        result = run(instance, broken, fails=True)
        (failure,) = [each for each in result.all_events if each.is_step_failure]
        said = str(failure.event_specific_data)
        assert broken.partition_key in said
        assert "document_queries failed for 1 of 1 imports" in said
        assert "Zoe" not in said

    def test_an_import_that_starts_no_queries_is_neither(self, instance, harbor, broken):
        asked, dry = harbor.has("Ada"), harbor.has("Ben")
        harbor.connection.execute("UPDATE import SET dry_run = true WHERE id = %s", (dry.id,))
        harbor.connection.commit()
        assert set(shown(run(instance, asked, dry))) == {asked.partition_key}
        run(instance, asked, dry, broken, fails=True)
        assert self.statuses(instance) == {
            "green": {asked.partition_key}, "red": {broken.partition_key},
        }  # fmt: skip

    def test_what_failed_lets_the_others_of_its_account_go_first(self, instance, harbor):
        broken, other = harbor.has("Ada"), harbor.has("Ben")
        harbor.connection.execute("UPDATE import SET format = 'gone' WHERE id = %s", (broken.id,))
        harbor.connection.commit()
        keys = [broken.partition_key, "between", other.partition_key]
        instance.add_dynamic_partitions(PARTITIONS, keys)
        (request,) = tick(instance).run_requests
        assert request.partition_key == broken.partition_key
        run(instance, broken, fails=True)
        (request,) = tick(instance).run_requests
        assert request.partition_key == other.partition_key


def tick(instance):
    resources = {"rosterline": RosterlineResource()}
    with dg.build_sensor_context(instance=instance, resources=resources) as context:
        return document_queries_due(context)


class TestTheSensor:
    def keys(self, instance, *imports):
        instance.add_dynamic_partitions(PARTITIONS, [each.partition_key for each in imports])
        return [each.partition_key for each in imports]

    def test_it_starts_a_run_for_an_import_that_completed(self, instance, harbor):
        (key,) = self.keys(instance, harbor.has("Ada"))
        (request,) = tick(instance).run_requests
        assert request.partition_key == key
        assert request.tags[CLAIM_TAG] == "true"
        assert tick(instance).run_requests[0].run_key == request.run_key

    def test_a_run_that_was_lost_is_asked_for_again_under_another_key_after_a_pause(
        self, instance, harbor
    ):
        self.keys(instance, harbor.has("Ada"))
        (request,) = tick(instance).run_requests
        lost = instance.create_run_for_job(
            JOB, status=dg.DagsterRunStatus.FAILURE, tags=dict(request.tags)
        )
        assert tick(instance).run_requests == []
        minutes_ago(instance, lost)
        (again,) = tick(instance).run_requests
        assert again.run_key == f"{request.run_key}~{lost.run_id}"

    def test_adjacent_imports_share_a_run(self, instance, harbor):
        keys = self.keys(instance, harbor.has("Ada"), harbor.has("Ben"), harbor.has("Cleo"))
        (request,) = tick(instance).run_requests
        assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (keys[0], keys[-1])

    def test_a_settled_plan_starts_no_run(self, instance, harbor):
        imported = harbor.has("Ada")
        self.keys(instance, imported)
        harbor.asks(imported)
        found = tick(instance)
        assert (found.run_requests, found.skip_reason.skip_message) == (
            [], "no document query is due",
        )  # fmt: skip

    def test_a_plan_under_way_starts_no_second_run(self, instance, harbor):
        (key,) = self.keys(instance, harbor.has("Ada"))
        tags = {"dagster/partition": key}
        instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.STARTED, tags=tags)
        assert tick(instance).run_requests == []
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
        assert tick(instance).run_requests == []
        due_at = harbor.progress(imported).due_at
        assert due_at > datetime.now(UTC) + timedelta(seconds=60)
        harbor.connection.execute("UPDATE document_plan SET due_at = now()")
        harbor.connection.commit()
        assert len(tick(instance).run_requests) == 1

    def test_a_removed_partition_is_asked_to_be_added_by_the_daemon(self, instance, harbor):
        imported = harbor.has("Ada")
        found = tick(instance)
        (request,), (added,) = found.run_requests, found.dynamic_partitions_requests
        assert request.partition_key == imported.partition_key
        assert added.partition_keys == [imported.partition_key]
        assert instance.get_dynamic_partitions(PARTITIONS) == []

    def test_an_import_that_is_processed_again_is_left_until_it_is_over(self, instance, harbor):
        imported = harbor.has("Ada")
        self.keys(instance, imported)
        harbor.connection.execute("UPDATE import SET state = 'processing'")
        harbor.connection.commit()
        assert tick(instance).run_requests == []


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
    due = [DuePlan(key, int(key[0] == "b"), NOON) for key in ("a1", "b1", "a2", "a4")]
    turns = turn_of_each(due, ["a1", "a2", "b1", "a4"], 9)
    assert [[each.partition_key for each in turn] for turn in turns] == [["a1", "a2"], ["b1"]]


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
