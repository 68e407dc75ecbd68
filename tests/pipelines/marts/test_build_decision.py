"""When a build of the marts is requested: a table of states of the ledger and answers."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.marts.build_decision import (
    BETWEEN_BUILDS,
    FIRST_PAUSE,
    LONGEST_WAIT,
    MOST_TRIES,
    QUIET,
    Asked,
    LastBuild,
    ask_for,
    read_asked,
    reason_to_wait,
)
from registry.marts.freshness import Changes

pytestmark = pytest.mark.dated

AT = datetime(2026, 11, 22, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NEVER, UNDER_WAY = LastBuild(), LastBuild(under_way=True)


def changes(count, processing, newest, oldest):
    return Changes(count, AT, processing, newest, oldest)


def ended(ago, *, failed=False):
    return LastBuild(ended_ago=ago, failed=failed)


@pytest.mark.parametrize(
    ("found", "asked", "last", "answer"),
    [
        # a new installation, and a night without files
        (changes(0, 0, None, None), 0, NEVER, "nothing changed"),
        (changes(7, 0, None, None), 7, ended(BETWEEN_BUILDS), "nothing changed"),
        (changes(7, 3, None, None), 7, ended(BETWEEN_BUILDS), "nothing changed"),
        # an import was over just now: others may follow
        (changes(8, 0, QUIET - SECOND, QUIET - SECOND), 7, NEVER, "a moment ago"),
        (changes(8, 0, QUIET, QUIET), 7, NEVER, None),
        # a burst: other imports are still running
        (changes(9, 1, QUIET, QUIET), 7, NEVER, "1 imports are at work"),
        (changes(9, 1, SECOND, LONGEST_WAIT), 7, NEVER, "1 imports are at work"),
        (changes(9, 1, SECOND, LONGEST_WAIT + SECOND), 7, NEVER, None),
        # files come all day
        (changes(9, 0, QUIET, QUIET), 7, ended(BETWEEN_BUILDS - SECOND), "14 min ago"),
        (
            changes(9, 0, QUIET, LONGEST_WAIT + SECOND),
            7,
            ended(BETWEEN_BUILDS - SECOND),
            "14 min ago",
        ),
        (changes(9, 0, QUIET, QUIET), 7, ended(BETWEEN_BUILDS), None),
        (changes(9, 0, QUIET, QUIET), 7, ended(SECOND, failed=True), "0 min ago"),
        # an attempt that became visible after one that finished later
        (changes(9, 0, QUIET, None), 7, NEVER, None),
        (changes(9, 2, QUIET, None), 7, NEVER, "2 imports are at work"),
        # a build is under way, or waits in the queue
        (changes(9, 0, QUIET, LONGEST_WAIT + SECOND), 7, UNDER_WAY, "a build is under way"),
        (changes(7, 0, None, None), 7, UNDER_WAY, "a build is under way"),
        # the ledger was restored from a backup
        (changes(5, 0, QUIET, None), 7, NEVER, None),
    ],
)
def test_a_build_is_requested_once_changes_are_not_in_the_marts_and_no_more_follow(
    found, asked, last, answer
):
    reason = reason_to_wait(found, Asked(asked), last)
    assert (reason is None) if answer is None else answer in reason


@pytest.mark.parametrize(
    ("count", "tries", "last", "answer"),
    [
        # at first after five minutes, then after ten
        (7, 1, ended(SECOND, failed=True), "after a pause"),
        (7, 1, ended(FIRST_PAUSE, failed=True), None),
        (7, 2, ended(FIRST_PAUSE, failed=True), "after a pause"),
        (7, 2, ended(2 * FIRST_PAUSE, failed=True), None),
        (7, MOST_TRIES - 1, ended(timedelta(hours=1), failed=True), None),
        # a person asked for a build, or it succeeded
        (7, 1, UNDER_WAY, "a build is under way"),
        (7, 1, ended(FIRST_PAUSE), "nothing changed"),
        # no further request until there are other data
        (7, MOST_TRIES, ended(timedelta(days=1), failed=True), "failed 4 times"),
        (8, MOST_TRIES, ended(timedelta(days=1), failed=True), None),
    ],
)
def test_a_failed_build_is_requested_again_a_few_times(count, tries, last, answer):
    found, asked = changes(count, 0, QUIET, None), Asked(7, AT.isoformat(), tries)
    reason = reason_to_wait(found, asked, last)
    assert (reason is None) if answer is None else answer in reason


def a_day(files_every, build_takes):
    """The builds of a day of arrivals, with a tick a minute, as the sensor would ask for them."""
    asked, last_end, builds, newest = Asked(), None, 0, None
    for minute in range(24 * 60):
        now = timedelta(minutes=minute)
        arrived = minute // files_every + 1
        newest = now - timedelta(minutes=minute % files_every)
        oldest = (
            None if arrived == asked.changes else now - asked.changes * files_every * 60 * SECOND
        )
        last = NEVER if last_end is None else ended(now - last_end)
        if last_end is not None and now < last_end:
            last = UNDER_WAY
        found = Changes(arrived, AT + newest, 0, now - newest, oldest)
        if reason_to_wait(found, asked, last) is None:
            asked, last_end, builds = ask_for(found, asked), now + build_takes, builds + 1
    return builds


def test_a_file_every_five_minutes_causes_a_build_every_quarter_of_an_hour_or_so():
    assert a_day(files_every=5, build_takes=timedelta(seconds=30)) in range(70, 97)
    assert a_day(files_every=60, build_takes=timedelta(seconds=30)) == 24


def test_requests_of_the_same_data_are_counted_and_have_different_run_keys():
    found = Changes(9, AT, 0, None, None)
    first = ask_for(found, Asked(7, None, MOST_TRIES))
    second = ask_for(found, first)
    assert [first.tries, second.tries] == [1, 2]
    assert first.run_key != second.run_key
    assert read_asked(second.as_cursor()) == second


def test_the_cursor_keeps_the_last_request():
    asked = ask_for(Changes(9, AT, 0, SECOND, SECOND), Asked())
    assert read_asked(asked.as_cursor()) == asked
    assert (asked.changes, asked.since) == (9, AT)
    assert Asked().since is None


@pytest.mark.parametrize(
    "cursor", [None, "", "no json", "[]", "7", '{"other": 1}', '{"attempts": 9}']
)
def test_a_cursor_of_another_shape_or_version_counts_as_none(cursor):
    assert read_asked(cursor) == Asked()


def test_a_build_is_named_for_the_changes_that_it_contains():
    first = ask_for(Changes(9, AT, 0, None, None), Asked())
    second = ask_for(Changes(10, AT, 0, None, None), first)
    assert first.run_key != second.run_key
    # After a backup was restored, the same count can occur again with other attempts.
    later = Changes(9, AT + SECOND, 0, None, None)
    assert first.run_key != ask_for(later, second).run_key
