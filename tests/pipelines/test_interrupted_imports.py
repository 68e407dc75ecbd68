"""Which imports were cut off, and how long to wait before they are claimed again."""

import dagster as dg
import pytest

from pipelines.interrupted_imports import (
    LOST_SECONDS,
    WITHOUT_RUN_SECONDS,
    find_interrupted,
    patience,
)
from registry.ledger.claims import Unfinished

FAILURE = dg.DagsterRunStatus.FAILURE


def unfinished(claims=1, run_id="run"):
    class Claimed:
        partition_key = "key"

    Claimed.claims = claims
    return Unfinished(Claimed(), run_id, "open")


@pytest.mark.parametrize(
    ("claims", "seconds"), [(1, 60), (2, 120), (3, 240), (7, 3600), (30_000, 3600)]
)
def test_the_pause_doubles_with_each_failure_up_to_an_hour(claims, seconds):
    assert patience(unfinished(claims), {"run": FAILURE}) == seconds


@pytest.mark.parametrize("statuses", [{}, {"run": dg.DagsterRunStatus.SUCCESS}])
def test_the_pause_is_ten_minutes_if_no_run_failed(statuses):
    assert patience(unfinished(), statuses) == WITHOUT_RUN_SECONDS


def test_a_lost_run_is_waited_for_for_seconds_and_longer_once_that_happens_again():
    waits = [patience(unfinished(claims, None), {}, {"key"}) for claims in (1, 2, 3)]
    assert waits == [LOST_SECONDS, 120, 240]


def test_the_wait_starts_again_when_a_run_was_seen_in_between():
    each, statuses = unfinished(), {"run": FAILURE}
    first = find_interrupted([each], set(), statuses, {}, 1000.0)
    assert (first.due, first.since) == ([], {"key#1": 1000.0})
    assert find_interrupted([each], set(), statuses, first.since, 1060.0).due == [each]
    assert find_interrupted([each], {"key"}, statuses, first.since, 1060.0).since == {}


def test_a_time_from_before_a_reboot_starts_the_wait_again():
    each = unfinished()
    found = find_interrupted([each], set(), {"run": FAILURE}, {"key#1": 9000.0}, 5.0)
    assert (found.due, found.since) == ([], {"key#1": 5.0})


def test_an_import_that_is_no_longer_unfinished_is_forgotten():
    found = find_interrupted([], set(), {}, {"key#1": 10.0}, 20.0)
    assert (found.due, found.since) == ([], {})


def test_a_further_claim_starts_its_own_wait():
    second = unfinished(claims=2)
    found = find_interrupted([second], set(), {"run": FAILURE}, {"key#1": 10.0}, 1000.0)
    assert (found.due, found.since) == ([], {"key#2": 1000.0})
