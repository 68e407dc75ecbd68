"""Run requests for claimed imports, and the partitions of a run."""

from typing import NamedTuple

import pytest

from assets.partitions import CLAIM_TAG
from pipelines.run_requests import (
    LONG_TAG,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    after_run,
    asked,
    keys_between,
    keys_of_run,
    new_keys,
    requests_for,
)


class Claimed(NamedTuple):
    """What a run request needs of an import."""

    partition_key: str
    claims: int = 1
    dry_run: bool = False
    account_id: int = 1
    byte_count: int = 50_000


def batch(keys):
    return tuple(Claimed(key) for key in keys)


def test_one_import_is_a_run_over_its_partition():
    (request,) = requests_for(batch("b"), list("abc"))
    assert (request.partition_key, request.run_key) == ("b", "b#1")
    assert request.tags[CLAIM_TAG] == "true"
    assert RANGE_START_TAG not in request.tags


def test_adjacent_imports_are_a_run_over_a_range():
    (request,) = requests_for(batch("bcd"), list("abcde"))
    assert request.partition_key is None
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("b", "d")


@pytest.mark.parametrize(
    ("files", "bytes_each", "accounts", "is_long"),
    [
        (10, 50_000, 1, False),
        (11, 50_000, 1, True),
        (50, 50_000, 5, False),
        (1, 65 * 1024**2, 1, True),
        (2, 33 * 1024**2, 2, True),
    ],
)
def test_a_run_that_takes_long_says_so(files, bytes_each, accounts, is_long):
    keys = [f"{number:02}" for number in range(files)]
    many = tuple(
        Claimed(key, account_id=number % accounts, byte_count=bytes_each)
        for number, key in enumerate(keys)
    )
    (request,) = requests_for(many, keys)
    assert (LONG_TAG in request.tags) is is_long


@pytest.mark.parametrize("keys", ["axbc", "bac", "ab", ""])
def test_imports_that_are_not_a_range_of_their_own_get_a_run_each(keys):
    requests = requests_for(batch("abc"), list(keys))
    assert [request.partition_key for request in requests] == list("abc")
    assert len({request.run_key for request in requests}) == 3


def test_a_check_has_a_run_of_its_own_kind_and_no_partition():
    mixed = (Claimed("a"), Claimed("x", dry_run=True), Claimed("b"))
    assert new_keys([mixed], []) == ["a", "b"]
    check, imports = requests_for(mixed, list("ab"))
    assert (check.job_name, check.partition_key) == ("check_files", None)
    assert keys_of_run(check.tags, []) == ["x"]
    assert (imports.tags[RANGE_START_TAG], imports.tags[RANGE_END_TAG]) == ("a", "b")
    (alone,) = requests_for(mixed[1:2], [])
    assert alone.job_name == "check_files"


def test_a_run_key_stays_short_for_a_large_batch():
    many = tuple(Claimed(f"2026-11-22_acme_{number:010}") for number in range(50))
    assert len(asked(many)) < 300
    assert asked(many) != asked((*many[:1], *many[2:]))


def test_a_further_claim_of_the_same_imports_has_another_run_key():
    first, second = batch("ab"), (Claimed("a"), Claimed("b", claims=2))
    assert asked(first) != asked(second)
    assert asked((Claimed("a", claims=3),)) == "a#3"


def test_after_a_run_that_ended_without_effect_the_next_one_has_another_run_key():
    (request,) = requests_for(batch("a"), ["a"])
    assert after_run(request, None).run_key == "a#1"
    assert after_run(request, "first").run_key == "a#1~first"
    assert after_run(request, "first").tags == request.tags


def test_partitions_are_added_once_in_the_order_of_their_batches():
    assert new_keys([batch("ca"), batch("bd")], list("ax")) == ["c", "b", "d"]


@pytest.mark.parametrize(
    ("tags", "keys"),
    [
        ({PARTITION_TAG: "x"}, ["x"]),
        ({RANGE_START_TAG: "b", RANGE_END_TAG: "d"}, ["b", "c", "d"]),
        ({RANGE_START_TAG: "b"}, []),
        ({RANGE_START_TAG: "b", RANGE_END_TAG: "gone"}, []),
        ({}, []),
    ],
)
def test_the_partitions_of_a_run_follow_from_its_tags(tags, keys):
    assert keys_of_run(tags, list("abcde")) == keys


def test_a_range_includes_both_ends():
    assert keys_between("abcd", "b", "c") == ["b", "c"]
    assert keys_between("abcd", "c", "c") == ["c"]
    assert keys_between("abcd", "c", "b") == []
