"""`rosterline give-up`, as an operator types it."""

import json

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.imports import get_import
from registry.ledger.states import open_attempt
from tests.files import care, maria
from tests.importing import process, put
from tests.taking_up import take_up_again, take_up_due


@pytest.fixture
def waiting(home, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    return put(home, connection, account, care(maria()), folder=tmp_path)


@pytest.fixture
def stuck(connection, waiting):  # noqa: ARG001 - it is the one that is claimed
    """An import that was taken up three times and cut off each time."""
    ((claimed,),) = take_up_due(connection, limit=1)
    open_attempt(connection, claimed.id, None, again=False)
    claimed = take_up_again(connection, take_up_again(connection, claimed))
    connection.commit()
    return claimed


@pytest.mark.slow
def test_an_import_is_given_up_and_says_so(rosterline, connection, stuck):
    ran = rosterline("give-up", stuck.partition_key[-10:], "--yes", "--json")
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert found["state"] == "failed"
    assert found["reason"].startswith("given up by ")
    assert get_import(connection, stuck.partition_key).state == "failed"


@pytest.mark.parametrize("state", ["waiting", "completed"])
def test_only_what_is_being_processed_can_be_given_up(rosterline, home, connection, waiting, state):
    if state == "completed":
        process(home, connection, waiting)
    ran = rosterline("give-up", waiting.partition_key, "--yes")
    assert ran.exit_code == 1
    assert "waits for its turn" in ran.stderr or "is completed" in ran.stderr


def test_without_a_terminal_it_asks_for_yes(rosterline, stuck):
    ran = rosterline("give-up", stuck.partition_key)
    assert ran.exit_code == 1
    assert "--yes" in ran.stderr


def test_night_and_doctor_name_what_is_stuck_and_what_to_do(rosterline, stuck):
    key = stuck.partition_key
    night = " ".join(rosterline("night").stdout.split())
    assert f"processing {key}" in night
    assert "cut off 3 times" in night
    assert f"`rosterline give-up {key[-10:]}` ends it" in night
    checks = json.loads(rosterline("doctor", "--json").stdout)
    checks = checks if isinstance(checks, list) else checks["checks"]
    (imports,) = [each for each in checks if each["name"] == "imports"]
    assert imports["level"] == "warn"
    assert f"1 stuck: {key[-10:]}" in imports["found"]
    assert f"rosterline give-up {key[-10:]}" in imports["todo"]


def test_night_names_a_result_that_was_given_up(rosterline, home, connection, waiting):
    process(home, connection, waiting)
    connection.execute("UPDATE import SET reason = 'gave up after 8 tries: its result file …'")
    connection.commit()
    night = " ".join(rosterline("night").stdout.split())
    assert f"completed {waiting.partition_key}" in night
    assert "everything is written but its result file" in night
    assert "materialise `result_files`" in night
