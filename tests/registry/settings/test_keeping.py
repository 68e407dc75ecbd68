"""How long things are kept: settings that would break a promise are refused."""

import pytest
from pydantic import ValidationError

from registry.settings import Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"keep_runs_days": 5, "keep_partitions_days": 14},
        {"keep_archive_days": 30},
        {"keep_archive_days": 30, "keep_results_days": 31},
        {"keep_partitions_days": 0},
    ],
)
def test_nothing_is_removed_that_something_kept_longer_needs(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"keep_archive_days": 30, "keep_results_days": 30},
        {"keep_results_days": 3},
        {"keep_runs_days": 14, "keep_partitions_days": 14},
    ],
)
def test_what_keeps_every_promise_is_taken(right):
    Settings(**right)


def test_files_and_results_are_kept_for_ever_by_default():
    assert Settings().keep_archive_days is None
    assert Settings().keep_results_days is None
