"""A failed verdict stands until one over the same import passes, or for a day."""

import time
from uuid import uuid4

import dagster as dg
import pytest

from assets.materialisation import evaluation
from assets.standing_verdicts import DAY_SECONDS, settle

CHECK = dg.AssetCheckKey(dg.AssetKey("patients"), "counts_reconcile")


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def judge(instance, partition, *, passed):
    """A verdict over one import, of a run of its own."""
    verdict = evaluation(
        CHECK.name, "patients", partition, None, passed=passed, metadata={},
        description=f"about {partition}",
    )  # fmt: skip
    instance.report_dagster_event(
        dg.DagsterEvent(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION.value, "job", event_specific_data=verdict
        ),
        str(uuid4()),
    )


def settled(instance, *, for_a_day=False, later=0.0, planned=frozenset()):
    """What the page of the check shows."""
    now = time.time() + later
    settle(instance, {CHECK: for_a_day}, now, planned=planned, evaluated=frozenset())
    (record,) = instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=1)
    return record.evaluation


def test_a_failed_verdict_is_shown_although_another_import_passed_since(instance):
    judge(instance, "a", passed=False)
    judge(instance, "b", passed=True)
    shown = settled(instance)
    assert (shown.passed, shown.description) == (False, "about a")
    assert shown.metadata["partitions"].value == "a"


def test_it_is_gone_once_its_own_import_passes(instance):
    judge(instance, "a", passed=False)
    judge(instance, "b", passed=True)
    settled(instance)
    judge(instance, "a", passed=True)
    assert settled(instance).passed


@pytest.mark.parametrize(("for_a_day", "passed"), [(True, True), (False, False)])
def test_one_about_a_sender_stands_for_a_day(instance, for_a_day, passed):
    judge(instance, "a", passed=False)
    judge(instance, "b", passed=True)
    shown = settled(instance, for_a_day=for_a_day, later=DAY_SECONDS + 60)
    assert shown.passed is passed


def test_all_imports_that_fail_are_named_the_newest_first(instance):
    for partition in ("a", "b", "c"):
        judge(instance, partition, passed=False)
    shown = settled(instance)
    assert shown.metadata["imports"].value == 3
    assert shown.metadata["partitions"].value == "c, b, a"


@pytest.mark.parametrize("passed", [True, False])
def test_a_check_that_runs_do_not_get_to_shows_its_last_verdict(instance, passed):
    judge(instance, "a", passed=passed)
    for _ in range(2):
        shown = settled(instance, planned=frozenset({CHECK}))
        assert (shown.passed, shown.description) == (passed, "about a")


def test_nothing_is_reported_where_nothing_was_ever_looked_at(instance):
    settle(instance, {CHECK: False}, 0.0, planned={CHECK}, evaluated=set())
    assert instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=9) == []
