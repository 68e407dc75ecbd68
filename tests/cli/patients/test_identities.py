"""`rosterline review`: changed identities from the command line."""

import json

import pytest

from tests.files import john, maria
from tests.nights import Clinic


@pytest.fixture
def failed(home, connection, tmp_path):
    """A row about John under Maria's identifier; Maria's id."""
    clinic = Clinic(home, connection, tmp_path)
    done = clinic.send(0, maria())
    clinic.send(1, john(ehr="E-1", city="Oslo"))
    connection.commit()
    return done.patient(2)


@pytest.fixture
def review(rosterline):
    def run(*arguments):
        ran = rosterline("review", *arguments, "--json")
        return ran.exit_code, json.loads(ran.stdout if ran.exit_code == 0 else ran.stderr)

    return run


def test_a_row_is_listed_shown_judged_and_reopened(review, rosterline, failed):
    _, (row,) = review("identities", "--account", "clinic")
    assert (row["state"], row["patient"], row["was_written"]) == ("open", str(failed), False)
    _, shown = review("identity", row["id"])
    assert shown["without_row"]["first_name"] == "Maria"
    assert shown["with_row"]["first_name"] == "John"
    assert "address/home/city" in rosterline("review", "identity", row["id"]).stdout
    _, judged = review("right", row["id"], "--by", "rita")
    assert (judged["state"], judged["name"], judged["judged_by"]) == ("right", "John Smith", "rita")
    assert review("identities", "--account", "clinic") == (0, [])
    assert "identity by rita" in rosterline("lineage", failed, "first_name").stdout
    _, (listed,) = review("identities", "--account", "clinic", "--judged")
    assert listed["id"] == row["id"]
    assert review("reopen", row["id"])[1]["name"] == "Maria Lopez"
    assert "is wrong, says" in rosterline("review", "wrong", row["id"]).stdout


def test_what_is_no_row_of_the_queue_is_an_error_that_says_where_to_look(review, failed):
    code, said = review("right", failed)
    assert code == 1
    assert "rosterline review identities --account NAME" in json.dumps(said)


def test_the_table_of_the_queue_is_for_people(rosterline, failed):
    assert failed
    assert "left out" in rosterline("review", "identities", "-a", "clinic").stdout
    judged = rosterline("review", "identities", "-a", "clinic", "--judged")
    assert "no row was judged yet" in judged.stderr
