"""The sweep in Dagster: its figures and checks, what a failure leaves, and the weekly runs."""

import json
from datetime import UTC, datetime

import dagster as dg
import pytest

from assets.partitions import accounts_partitions
from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.jobs import sweep_registry
from pipelines.runs_of_imports import keys_under_way
from pipelines.sweep_schedule import every_week
from tests.assets.potential_duplicates.test_search import AGAIN, FIRST

JOB = defs.resolve_job_def(sweep_registry.name)
PARTITIONS = accounts_partitions.name


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def clinic(clinic, monkeypatch):
    """The clinic with Maria twice, and the process's environment set to its settings."""
    for name, value in clinic.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    clinic.send(FIRST)
    clinic.send(AGAIN)
    return clinic


def run(instance, name="clinic", *, fails=False):
    instance.add_dynamic_partitions(PARTITIONS, [name])
    return JOB.execute_in_process(instance=instance, partition_key=name, raise_on_error=not fails)


def test_a_run_shows_its_figures_and_all_checks_pass(instance, clinic):
    result = run(instance)
    [found] = result.asset_materializations_for_node("duplicate_clusters")
    shown = {name: value.value for name, value in found.metadata.items()}
    assert found.partition == "clinic"
    assert (shown["reviews opened"], shown["clusters of two"]) == (1, 1)
    assert shown["seconds of scores"] > 0
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True, True]
    said = json.dumps([event.message for event in result.all_events]).casefold()
    said += json.dumps({name: str(value) for name, value in shown.items()}).casefold()
    assert not [value for value in ("maria", "lopes", "1961", "5550123") if value in said]
    assert len(clinic.queue()) == 1


def test_a_failed_sweep_is_red_says_why_and_can_be_run_again(instance, clinic):
    clinic.settings.models_dir.mkdir(exist_ok=True)
    own = clinic.settings.models_dir / f"{clinic.account.id}.json"
    own.write_text("no JSON")
    result = run(instance, fails=True)
    assert not result.success
    [failure] = [e for e in result.all_events if e.is_step_failure]
    assert "model file" in failure.event_specific_data.error.message
    assert clinic.queue() == []
    own.unlink()
    assert run(instance).success
    assert len(clinic.queue()) == 1


@pytest.mark.usefixtures("clinic")
@pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning")
def test_each_account_with_patients_has_a_run_a_week_and_is_a_partition(another_clinic):
    another_clinic("empty")
    sunday = datetime(2026, 3, 8, 11, tzinfo=UTC)
    with (
        dg.instance_for_test() as instance,
        dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=sunday,
            resources={"rosterline": RosterlineResource()},
        ) as context,
    ):
        [request] = every_week(context)
        assert (request.partition_key, request.run_key) == ("clinic", "clinic 2026-03-08")
        assert instance.get_dynamic_partitions(PARTITIONS) == ["clinic"]


@pytest.mark.usefixtures("clinic")
def test_a_sweep_is_not_taken_for_the_run_of_an_import(instance):
    instance.add_dynamic_partitions(PARTITIONS, ["clinic"])
    instance.create_run_for_job(
        JOB, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "clinic"}
    )
    assert keys_under_way(instance) == set()
