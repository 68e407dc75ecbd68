"""Builds of the marts keep apart, also those of processes that no pool of Dagster sees."""

from threading import Thread

import pytest

from registry.database.connections import connect
from registry.marts.build_lock import BuildUnderWay, only_build, wait_for_build


@pytest.fixture
def two(migrated):
    with connect(migrated) as first, connect(migrated) as second:
        yield first, second


def test_a_second_build_fails_at_once_and_runs_after_the_first(two):
    first, second = two
    with (
        only_build(first),
        pytest.raises(BuildUnderWay, match="another process"),
        only_build(second),
    ):
        pass
    with only_build(second):
        pass


def test_a_build_that_failed_leaves_the_lock(two):
    first, second = two
    with pytest.raises(ZeroDivisionError), only_build(first):
        raise ZeroDivisionError
    with only_build(second):
        pass


def test_whoever_waits_goes_on_when_the_build_is_over_and_holds_nothing(two):
    first, second = two
    waiting = Thread(target=wait_for_build, args=(second,))
    with only_build(first):
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(30)
    assert not waiting.is_alive()
    with only_build(first):
        pass
