"""Tags of runs: who requested a run, and whether its process still exists."""

import re

import pytest

from assets.partitions import (
    CLAIM_TAG,
    CLAIMED,
    by_a_person,
    retried_runs,
)
from registry.accounts.accounts import add_account
from tests.importing import put


@pytest.mark.parametrize(
    ("tags", "by_person"),
    [
        ({}, True),
        ({"dagster/backfill": "abc"}, True),
        (dict(CLAIMED), False),
        ({CLAIM_TAG: "true"}, False),
        ({**CLAIMED, "dagster/parent_run_id": "first"}, True),
        ({**CLAIMED, "dagster/parent_run_id": "first", "dagster/retry_number": "1"}, False),
        ({"dagster/parent_run_id": "first", "dagster/retry_number": "1"}, True),
    ],
    ids=[
        "materialize",
        "backfill",
        "claim",
        "claim tag alone",
        "re-executed claim",
        "retried claim",
        "retried materialize",
    ],
)
def test_a_run_is_a_persons_unless_it_is_a_claims_first_run(tags, by_person):
    assert by_a_person(tags) is by_person


def test_a_retry_names_the_runs_whose_work_it_goes_on_with_and_a_re_executed_run_names_none():
    again = {"dagster/parent_run_id": "second", "dagster/root_run_id": "first"}
    assert retried_runs({**again, "dagster/retry_number": "2"}) == {"first", "second"}
    assert retried_runs(again) == set()


def test_a_partition_key_has_no_file_name_and_no_character_that_dagster_mishandles(
    database, connection, tmp_path
):
    account = add_account(connection, "clinic", "ptdirect")
    imported = put(database, connection, account, "x", folder=tmp_path, name="jane doe, 1950.csv")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_clinic_[0-9a-f]{10}", imported.partition_key)
