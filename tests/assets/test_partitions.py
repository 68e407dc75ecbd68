"""Tags of runs: who requested a run, and whether its process still exists."""

import os
import re
import subprocess
import sys
from uuid import uuid4

import dagster as dg
import psutil
import pytest

from assets.partitions import (
    CLAIM_TAG,
    CLAIMED,
    NO_RETRY,
    by_a_person,
    is_in_dead_process,
    process_tag,
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
    ],
    ids=["materialize", "backfill", "claim", "claim tag alone", "re-executed claim"],
)
def test_a_run_is_a_persons_unless_it_is_a_claims_first_run(tags, by_person):
    assert by_a_person(tags) is by_person


def test_dagster_does_not_retry_a_claimed_run():
    assert CLAIMED.items() >= NO_RETRY.items()


def run_with(tags, run_id=None):
    return dg.DagsterRun(job_name="import_files", run_id=run_id or str(uuid4()), tags=tags)


def test_a_run_in_this_process_is_alive():
    run_id = str(uuid4())
    assert not is_in_dead_process(run_with(process_tag(run_id), run_id))


def test_a_run_without_the_tag_is_not_called_dead():
    assert not is_in_dead_process(run_with({}))


def in_other_process(run_id, old, new):
    """The tag of a run in this process, with a part of it replaced."""
    ((name, value),) = process_tag(run_id).items()
    assert old in value
    return {name: value.replace(old, new)}


def test_a_run_whose_process_has_ended_is_dead():
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    run_id = str(uuid4())
    tags = in_other_process(run_id, f" {os.getpid()} ", f" {process.pid} ")
    assert is_in_dead_process(run_with(tags, run_id))


def test_a_later_process_with_the_same_number_is_not_taken_for_the_run():
    run_id, started = str(uuid4()), psutil.Process().create_time()
    tags = in_other_process(run_id, f" {started}", f" {started - 3600}")
    assert is_in_dead_process(run_with(tags, run_id))


def test_a_run_on_another_machine_is_left_alone():
    run_id = str(uuid4())
    ((name, value),) = process_tag(run_id).items()
    _, _, pid, started = value.split()
    assert not is_in_dead_process(run_with({name: f"{run_id} elsewhere {pid} {started}"}, run_id))


def test_the_tag_of_another_run_says_nothing_about_a_re_executed_one():
    tags = in_other_process(str(uuid4()), f" {os.getpid()} ", " 999999999 ")
    assert not is_in_dead_process(run_with(tags))


def test_a_partition_key_has_no_file_name_and_no_character_that_dagster_mishandles(
    database, connection, tmp_path
):
    account = add_account(connection, "clinic", "ptdirect")
    imported = put(database, connection, account, "x", folder=tmp_path, name="jane doe, 1950.csv")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_clinic_[0-9a-f]{10}", imported.partition_key)
