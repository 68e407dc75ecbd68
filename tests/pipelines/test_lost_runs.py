"""Which started runs are gone: those that have not held their lock for a while."""

from pipelines.interrupted_imports import WITHOUT_HOLDER_SECONDS
from pipelines.lost_runs import find_lost

LATER = 1000.0 + WITHOUT_HOLDER_SECONDS


def test_a_run_without_its_lock_is_gone_after_a_while():
    first = find_lost({"a"}, set(), {}, 1000.0)
    assert first.gone == []
    assert find_lost({"a"}, set(), first.since, LATER - 0.1).gone == []
    assert find_lost({"a"}, set(), first.since, LATER).gone == ["a"]


def test_the_wait_begins_again_where_it_was_seen_at_work():
    first = find_lost({"a"}, set(), {}, 1000.0)
    seen = find_lost({"a"}, {"a"}, first.since, 1010.0)
    assert seen.since == {}
    assert find_lost({"a"}, set(), seen.since, LATER).gone == []


def test_runs_that_are_over_are_forgotten():
    first = find_lost({"a", "b"}, set(), {}, 1000.0)
    assert find_lost({"b"}, set(), first.since, LATER) == (["b"], {"run b": 1000.0})


def test_a_time_from_before_a_reboot_counts_from_now():
    assert find_lost({"a"}, set(), {"run a": 99_999.0}, 1000.0) == ([], {"run a": 1000.0})
