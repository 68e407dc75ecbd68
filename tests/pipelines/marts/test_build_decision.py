"""When a build of the marts is requested: a table of states of the ledger and answers."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.marts.build_decision import (
    FIRST_PAUSE,
    LONGEST_WAIT,
    MOST_TRIES,
    Asked,
    ask_for,
    read_asked,
    reason_to_wait,
)
from registry.marts.freshness import Finished

pytestmark = pytest.mark.dated

AT = datetime(2026, 11, 22, 5, tzinfo=UTC)
SHORT, LONG = timedelta(seconds=5), LONGEST_WAIT + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "processing", "oldest", "asked", "building", "answer"),
    [
        # a new installation, and a night without files
        (0, 0, None, 0, False, "no attempt finished"),
        (7, 0, None, 7, False, "no attempt finished"),
        (7, 3, None, 7, False, "no attempt finished"),
        # the nightly import is over
        (9, 0, SHORT, 7, False, None),
        # a burst: other imports are still running
        (9, 1, SHORT, 7, False, "1 imports are at work"),
        (9, 1, LONG, 7, False, None),
        # an attempt that became visible after one that finished later
        (9, 0, None, 7, False, None),
        (9, 2, None, 7, False, "2 imports are at work"),
        # a build is under way
        (9, 0, LONG, 7, True, "a build is under way"),
        # the ledger was restored from a backup
        (5, 0, None, 7, False, None),
    ],
)
def test_a_build_is_requested_once_attempts_finished_that_are_not_in_the_marts(
    attempts, processing, oldest, asked, building, answer
):
    finished = Finished(attempts, AT, processing, oldest)
    reason = reason_to_wait(finished, Asked(asked), building=building, failed_ago=None)
    assert (reason is None) if answer is None else answer in reason


@pytest.mark.parametrize(
    ("attempts", "processing", "tries", "failed_ago", "building", "answer"),
    [
        # at first after five minutes, then after ten
        (7, 0, 1, SHORT, False, "after a pause"),
        (7, 0, 1, FIRST_PAUSE, False, None),
        (7, 0, 2, FIRST_PAUSE, False, "after a pause"),
        (7, 0, 2, 2 * FIRST_PAUSE, False, None),
        (7, 0, MOST_TRIES - 1, timedelta(hours=1), False, None),
        # a person requested a build, or imports arrived
        (7, 0, 1, FIRST_PAUSE, True, "a build is under way"),
        (7, 1, 1, FIRST_PAUSE, False, "1 imports are at work"),
        # no further request until there are other data
        (7, 0, MOST_TRIES, timedelta(days=1), False, "failed 4 times"),
        (8, 0, MOST_TRIES, SHORT, False, None),
    ],
)
def test_a_failed_build_is_requested_again_a_few_times(
    attempts, processing, tries, failed_ago, building, answer
):
    finished, asked = Finished(attempts, AT, processing, None), Asked(7, AT.isoformat(), tries)
    reason = reason_to_wait(finished, asked, building=building, failed_ago=failed_ago)
    assert (reason is None) if answer is None else answer in reason


def test_requests_of_the_same_data_are_counted_and_have_different_run_keys():
    finished = Finished(9, AT, 0, None)
    first = ask_for(finished, Asked(7, None, MOST_TRIES))
    second = ask_for(finished, first)
    assert [first.tries, second.tries] == [1, 2]
    assert first.run_key != second.run_key
    assert read_asked(second.as_cursor()) == second


def test_a_cursor_of_an_earlier_version_counts_as_the_first_try():
    assert read_asked('{"attempts": 9, "newest_at": null}') == Asked(9, None, 1)


def test_the_cursor_keeps_the_last_request():
    asked = ask_for(Finished(9, AT, 0, SHORT), Asked())
    assert read_asked(asked.as_cursor()) == asked
    assert (asked.attempts, asked.since) == (9, AT)
    assert Asked().since is None


@pytest.mark.parametrize("cursor", [None, "", "no json", "[]", "7", '{"other": 1}'])
def test_a_cursor_of_another_shape_counts_as_none(cursor):
    assert read_asked(cursor) == Asked()


def test_a_build_is_named_for_the_attempts_that_it_contains():
    first = ask_for(Finished(9, AT, 0, None), Asked())
    second = ask_for(Finished(10, AT, 0, None), first)
    assert first.run_key != second.run_key
    # After a backup was restored, the same count can occur again with other attempts.
    assert first.run_key != ask_for(Finished(9, AT + SHORT, 0, None), second).run_key
