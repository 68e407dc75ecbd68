"""The search in Dagster: its figures and checks, what a failure leaves, and the sensor's runs."""

import json

import dagster as dg
import pytest

from assets.partitions import CLAIM_TAG
from assets.resources import RosterlineResource
from identity.model import DEFAULT_PATH
from pipelines.definitions import defs
from pipelines.jobs import find_potential_duplicates
from pipelines.potential_duplicates_sensor import (
    MAX_RUNS_WAITING,
    potential_duplicates_due,
    request_for,
    searches_by_run,
)
from pipelines.run_requests import RANGE_END_TAG, RANGE_START_TAG
from pipelines.runs_of_imports import PARTITIONS, keys_under_way
from registry.decisions.duplicate_searches import DueSearch
from registry.ledger.imports import get_import
from tests.assets.potential_duplicates.test_search import AGAIN, FIRST
from tests.files import john, maria

JOB = defs.resolve_job_def(find_potential_duplicates.name)


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def clinic(clinic, monkeypatch):
    """The clinic, with the process's environment set to its settings."""
    for name, value in clinic.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    return clinic


def keys_of(instance, *imports):
    keys = [each.imported.partition_key for each in imports]
    instance.add_dynamic_partitions(PARTITIONS, keys)
    return keys


def run(instance, *imports, claimed=True, fails=False):
    keys = keys_of(instance, *imports)
    tags = {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
    if claimed:
        tags[CLAIM_TAG] = "true"
    return JOB.execute_in_process(instance=instance, tags=tags, raise_on_error=not fails)


def shown(result):
    """Metadata by partition."""
    return {
        event.partition: {name: value.value for name, value in event.metadata.items()}
        for event in result.asset_materializations_for_node("potential_duplicates")
    }


def said_of(result):
    return json.dumps([event.message for event in result.all_events]) + json.dumps(
        {key: {name: str(value) for name, value in each.items()}
         for key, each in shown(result).items()}
    )  # fmt: skip


def break_model(clinic, text="{}"):
    """Give the account a model of its own, with this text."""
    clinic.settings.models_dir.mkdir(exist_ok=True)
    path = clinic.settings.models_dir / f"{clinic.account.id}.json"
    path.write_text(text)
    return path


def test_each_import_of_a_run_shows_its_own_figures_and_all_checks_pass(instance, clinic):
    first, second = clinic.send(FIRST), clinic.send(AGAIN, john())
    result = run(instance, first, second)
    of_first, of_second = (shown(result)[each.imported.partition_key] for each in (first, second))
    assert (of_first["searched"], of_second["searched"]) == (1, 2)
    assert of_first["reviews opened"] + of_second["reviews opened"] == 1
    assert sum(of_first[f"pairs {band}"] for band in ("very likely", "likely", "possible")) == 1
    assert of_first["copy made again"] == 1
    assert of_second["patients copied"] == 0
    assert of_second["seconds of scores"] > 0
    checks = result.get_asset_check_evaluations()
    assert {check.check_name: check.passed for check in checks} == {
        "every_similar_pair_is_in_the_queue": True,
        "matching_copy_is_complete": True,
    }


def test_no_value_of_a_patient_is_in_events_and_metadata(instance, clinic):
    result = run(instance, clinic.send(FIRST, AGAIN))
    said = said_of(result).casefold()
    assert "very likely" in said
    assert not [
        value for value in ("maria", "lopes", "1961", "main st", "5550123") if value in said
    ]


def test_a_run_of_a_person_searches_all_patients_again(instance, clinic):
    done = clinic.send(FIRST, AGAIN)
    run(instance, done)
    key = done.imported.partition_key
    assert shown(run(instance, done)) == {}  # nothing was left to be searched for
    assert shown(run(instance, done, claimed=False))[key]["searched"] == 2


@pytest.mark.parametrize(
    "text",
    ["{}", "no JSON", DEFAULT_PATH.read_text().replace('"version": 1', '"version": 99')],
    ids=["empty", "no JSON", "another version"],
)
def test_a_broken_model_file_leaves_the_import_completed_and_the_asset_red(
    instance, clinic, connection, text
):
    done = clinic.send(FIRST, AGAIN)
    path = break_model(clinic, text)
    result = run(instance, done, fails=True)
    assert not result.success
    assert shown(result) == {}
    [failure] = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    [reason] = failure.event_specific_data.user_failure_data.metadata.values()
    assert path.name in reason.value
    assert get_import(connection, done.imported.partition_key).state == "completed"
    assert clinic.queue() == []
    path.unlink()
    assert run(instance, done).success
    assert len(clinic.queue()) == 1


def test_too_little_memory_leaves_the_import_completed_and_a_run_with_more_works(
    instance, clinic, connection, monkeypatch
):
    done = clinic.send(FIRST, AGAIN)
    with monkeypatch.context() as patch:
        patch.setenv("ROSTERLINE_MATCHING_MEMORY_LIMIT", "1MB")
        assert not run(instance, done, fails=True).success
    assert get_import(connection, done.imported.partition_key).state == "completed"
    assert clinic.queue() == []
    assert run(instance, done).success
    assert len(clinic.queue()) == 1


def test_the_failure_of_one_import_does_not_keep_the_others_from_their_search(
    instance, clinic, another_clinic
):
    other = another_clinic("other")
    broken, fine = clinic.send(FIRST, AGAIN), other.send(FIRST, AGAIN)
    break_model(clinic)
    result = run(instance, broken, fine, fails=True)
    assert set(shown(result)) == {fine.imported.partition_key}
    assert (len(clinic.queue()), len(other.queue())) == (0, 1)


class TestSensor:
    """The sensor `potential_duplicates_due`."""

    def tick(self, instance):
        resources = {"rosterline": RosterlineResource()}
        with dg.build_sensor_context(instance=instance, resources=resources) as context:
            return potential_duplicates_due(context)

    def test_it_asks_for_an_import_that_completed_and_once_for_the_same_attempt(
        self, instance, clinic
    ):
        (key,) = keys_of(instance, clinic.send(FIRST))
        (request,) = self.tick(instance).run_requests
        assert (request.partition_key, request.run_key) == (key, f"{key}#1")
        assert request.tags[CLAIM_TAG] == "true"
        assert self.tick(instance).run_requests[0].run_key == request.run_key

    def test_an_import_that_was_searched_is_not_asked_for(self, instance, clinic):
        run(instance, clinic.send(FIRST))
        tick = self.tick(instance)
        assert tick.run_requests == []
        assert tick.skip_reason.skip_message == "no import is to be searched"

    def test_adjacent_imports_of_an_account_share_a_run(self, instance, clinic):
        keys = keys_of(instance, *(clinic.send(maria(ehr=f"E-{n}")) for n in range(3)))
        (request,) = self.tick(instance).run_requests
        assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (keys[0], keys[-1])

    def test_a_run_under_way_is_not_asked_for_again(self, instance, clinic):
        (key,) = keys_of(instance, clinic.send(FIRST))
        tags = {"dagster/partition": key}
        instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.STARTED, tags=tags)
        assert self.tick(instance).run_requests == []
        # It is not taken for a run of the import itself.
        assert keys_under_way(instance) == set()

    def test_no_more_wait_in_the_queue_than_are_of_use_there(self, instance, clinic):
        keys_of(instance, clinic.send(FIRST))
        for each in range(MAX_RUNS_WAITING):
            tags = {"dagster/partition": f"other-{each}"}
            instance.create_run_for_job(JOB, status=dg.DagsterRunStatus.STARTED, tags=tags)
        tick = self.tick(instance)
        assert tick.run_requests == []
        assert tick.skip_reason.skip_message == "enough searches wait in the queue"
        instance.delete_run(instance.get_runs()[0].run_id)
        assert len(self.tick(instance).run_requests) == 1

    def test_a_failed_search_is_asked_for_again_with_the_next_import(self, instance, clinic):
        first = clinic.send(FIRST)
        break_model(clinic)
        run(instance, first, fails=True)
        (request,) = self.tick(instance).run_requests
        keys_of(instance, clinic.send(AGAIN))
        (with_next,) = self.tick(instance).run_requests
        assert with_next.run_key != request.run_key

    def test_a_removed_partition_is_added_before_its_run_is_asked_for(self, instance, clinic):
        done = clinic.send(FIRST)
        tick = self.tick(instance)
        assert tick.run_requests == []
        [added] = tick.dynamic_partitions_requests
        assert added.partition_keys == [done.imported.partition_key]
        instance.add_dynamic_partitions(PARTITIONS, added.partition_keys)
        assert len(self.tick(instance).run_requests) == 1

    def test_an_import_that_is_processed_again_is_left_until_it_is_over(
        self, instance, clinic, connection
    ):
        keys_of(instance, clinic.send(FIRST))
        connection.execute("UPDATE import SET state = 'processing'")
        connection.commit()
        assert self.tick(instance).run_requests == []


def test_each_account_has_one_run_however_many_imports_wait():
    due = [DueSearch("a1", 1, 1), DueSearch("b1", 2, 1), DueSearch("a2", 1, 3)]
    runs = searches_by_run([*due, DueSearch("a4", 1, 1)], ["a1", "a2", "b1", "a4"], 9)
    assert [[each.partition_key for each in searches] for searches in runs] == [
        ["a1", "a2"],
        ["b1"],
    ]


def test_a_further_attempt_is_another_run():
    one, two = (request_for([DueSearch("a", 1, n), DueSearch("b", 1, 1)]) for n in (1, 2))
    assert one.run_key != two.run_key
