"""Which imports were cut off, and how long to wait before they are run again."""

import pytest

from pipelines.interrupted_imports import WITHOUT_HOLDER_SECONDS, find_interrupted, patience
from registry.ledger.due_imports import Unfinished


def unfinished(claims=1, *, is_at_work=False):
    class Taken:
        partition_key = "key"

    Taken.claims = claims
    return Unfinished(Taken(), "run", "open", is_at_work)


@pytest.mark.parametrize(
    ("claims", "seconds"), [(1, 60), (2, 120), (3, 240), (7, 3600), (30_000, 3600)]
)
def test_the_pause_doubles_with_each_failure_up_to_an_hour(claims, seconds):
    assert patience(claims) == seconds


def test_the_wait_starts_again_when_a_run_was_seen_in_between():
    each = unfinished()
    first = find_interrupted([each], set(), set(), {}, 1000.0)
    assert (first.due, first.since) == ([], {"key#1": 1000.0})
    assert find_interrupted([each], set(), set(), first.since, 1060.0).due == [each]
    assert find_interrupted([each], {"key"}, set(), first.since, 1060.0).since == {}


def test_one_that_a_run_holds_is_at_work_whatever_dagster_says_of_the_run():
    each = unfinished(is_at_work=True)
    assert find_interrupted([each], set(), set(), {"key#1": 0.0}, 9999.0) == ([], [], {})


def test_a_started_run_that_holds_its_import_no_more_is_gone_and_followed_after_a_while():
    each = unfinished()
    first = find_interrupted([each], {"key"}, {"run"}, {}, 1000.0)
    assert (first.due, first.gone) == ([], [])
    later = 1000.0 + WITHOUT_HOLDER_SECONDS
    found = find_interrupted([each], {"key"}, {"run"}, first.since, later)
    assert (found.due, found.gone) == ([each], ["run"])


def test_the_wait_for_a_started_run_does_not_count_for_the_pause_after_it_failed():
    each = unfinished()
    started = find_interrupted([each], {"key"}, {"run"}, {}, 1000.0)
    assert find_interrupted([each], set(), set(), started.since, 1070.0).due == []


def test_a_time_from_before_a_reboot_starts_the_wait_again():
    found = find_interrupted([unfinished()], set(), set(), {"key#1": 9000.0}, 5.0)
    assert (found.due, found.since) == ([], {"key#1": 5.0})


def test_an_import_that_is_no_longer_unfinished_is_forgotten():
    assert find_interrupted([], set(), set(), {"key#1": 10.0}, 20.0).since == {}


def test_a_further_claim_starts_its_own_wait():
    found = find_interrupted([unfinished(claims=2)], set(), set(), {"key#1": 10.0}, 1000.0)
    assert (found.due, found.since) == ([], {"key#2": 1000.0})
