"""`rosterline cancel`, as an operator types it."""

import json

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.ledger.claims import take_up
from registry.ledger.imports import get_import
from registry.ledger.members import list_members
from tests.archives import zipped
from tests.files import care, maria
from tests.importing import STAGES, process, put
from tests.taking_up import take_up_due

NAMES = tuple(stage.name for stage in STAGES)


@pytest.fixture
def waiting(home, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    return put(home, connection, account, care(maria()), folder=tmp_path)


def cancelled(rosterline, imported):
    ran = rosterline("cancel", imported.partition_key[-10:], "--yes", "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_one_that_waits_is_cancelled_and_says_by_whom(rosterline, connection, waiting):
    found = cancelled(rosterline, waiting)
    assert found["state"] == "cancelled"
    assert found["reason"].startswith("cancelled by ")
    assert get_import(connection, waiting.partition_key).state == "cancelled"


def test_one_that_a_run_works_on_is_cancelled_and_the_run_writes_nothing(
    rosterline, home, connection, waiting
):
    with connect(home) as run:
        take_up(run, waiting.partition_key, "run", by_a_person=False)
        process(home, connection, waiting, stages=NAMES[:3])
        connection.commit()
        assert cancelled(rosterline, waiting)["state"] == "cancelled"
        process(home, connection, waiting, stages=NAMES[3:])
    assert get_import(connection, waiting.partition_key).state == "cancelled"
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)


def test_one_whose_patients_are_written_comes_to_its_end_and_the_command_says_so(
    rosterline, home, connection, waiting
):
    take_up_due(connection)
    process(home, connection, waiting, stages=NAMES[:4])
    connection.commit()
    ran = rosterline("cancel", waiting.partition_key, "--yes")
    assert ran.exit_code == 1
    assert "it is completed" in " ".join(ran.stderr.split())


def test_one_that_is_over_is_refused(rosterline, home, connection, waiting):
    process(home, connection, waiting)
    connection.commit()
    ran = rosterline("cancel", waiting.partition_key, "--yes")
    assert ran.exit_code == 1
    assert "nothing to cancel" in ran.stderr


def test_without_a_terminal_it_asks_for_yes(rosterline, waiting):
    ran = rosterline("cancel", waiting.partition_key)
    assert ran.exit_code == 1
    assert "--yes" in ran.stderr


def test_of_an_archive_the_members_are_cancelled_that_are_not_over(
    rosterline, home, connection, tmp_path
):
    account = add_account(connection, "clinic", "thoroughcare")
    archive = zipped({"a.csv": care(maria()), "b.csv": care(maria())})
    imported = put(home, connection, account, archive, folder=tmp_path)
    process(home, connection, imported)
    first, second = list_members(connection, imported.id)
    process(home, connection, first)
    connection.commit()
    found = cancelled(rosterline, imported)
    assert [each["state"] for each in found["members"]] == ["completed", "cancelled"]
    again = rosterline("cancel", imported.partition_key[-10:], "--yes")
    assert again.exit_code == 1
    assert get_import(connection, second.partition_key).state == "cancelled"
