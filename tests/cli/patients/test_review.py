"""`rosterline review`: the queue from the command line."""

import json
from uuid import uuid4

import pytest

from cli import output
from tests.files import john, maria
from tests.nights import Clinic


@pytest.fixture
def twins(home, connection, tmp_path):
    """Maria under two ids; (younger, older)."""
    clinic = Clinic(home, connection, tmp_path)
    older = clinic.send(0, maria(city="Rome")).patient(2)
    younger = clinic.send(1, maria(ehr="E-9", city="Oslo")).patient(2)
    connection.commit()
    return younger, older


@pytest.fixture
def review(rosterline):
    def run(*arguments):
        ran = rosterline("review", *arguments, "--json")
        return ran.exit_code, json.loads(ran.stdout if ran.exit_code == 0 else ran.stderr)

    return run


def test_a_pair_is_listed_shown_merged_and_split(review, rosterline, twins):
    younger, older = twins
    code, (pair,) = review("list", "--account", "clinic")
    assert (code, pair["state"], pair["reason"]) == (0, "open", "identifier_differs")
    assert pair["older"] == {
        "patient": str(older),
        "in_registry": True,
        "name": "Maria Lopez",
        "birth": "1961-05-27",
        "gender": "F",
        "identifiers": {"ehr": "E-1"},
    }
    _, shown = review("show", older)
    assert shown["facts"]["younger"]["address/home/city"] == "Oslo"
    said = rosterline("review", "show", younger, older).stdout
    assert "address/home/city" in said
    assert "differs" in said

    code, merged = review("same", younger, "--by", "rita")
    assert (code, merged["state"], merged["judged_by"]) == (0, "same", "rita")
    assert not merged["younger"]["in_registry"]
    assert review("list", "--account", "clinic") == (0, [])
    lineage = json.loads(rosterline("lineage", younger, "--json").stdout)
    assert lineage["patient"] == str(older)

    code, split = review("split", younger, older)
    assert (code, split["state"]) == (0, "different")
    assert split["judged_by"].endswith("command)")
    _, (judged,) = review("list", "--account", "clinic", "--judged")
    assert judged["state"] == "different"
    assert review("ask-again", younger, older)[1]["state"] == "open"
    kept = review("different", younger, "--why", "relatives")[1]
    assert (kept["state"], kept["why_different"]) == ("different", "relatives")
    said = rosterline("review", "list", "-a", "clinic", "--judged").stdout
    assert "different (relatives)" in " ".join(said.split())


def test_the_table_of_the_queue_is_for_people(rosterline, twins, monkeypatch):
    queue = ("review", "list", "--account", "clinic")
    assert "Same name, birth and gender, but another identifier" in rosterline(*queue).stdout
    with monkeypatch.context() as narrow:
        narrow.setattr(output.console, "width", 80)
        said = rosterline(*queue).stdout
    assert all(str(each) in said for each in twins), "an id can be copied"
    rosterline("review", "different", *twins)
    ran = rosterline("review", "list", "--account", "clinic")
    assert "no pair waits to be judged" in ran.stderr
    assert "different" in rosterline("review", "list", "-a", "clinic", "--judged").stdout


def test_what_cannot_be_judged_is_an_error_that_says_why(review, twins):
    younger, older = twins
    for arguments, code, expected in (
        (("same", uuid4()), "not_found", "no pair names patient"),
        (("same", younger, uuid4()), "not_found", "no pair of the review queue"),
        (("split", younger, older), "not_allowed", "not judged yet"),
        (("different", younger, "--why", "strangers"), "not_allowed", "twins, relatives, other"),
        (("list", "--account", "nobody"), "not_found", "nobody"),
    ):
        exit_code, said = review(*arguments)
        assert (exit_code, said["error"]) == (1, code)
        assert expected in said["message"]
    review("different", younger, older)
    assert "name both patients" in review("different", younger)[1]["message"]
    assert "judged 'different' already" in review("same", younger, older)[1]["message"]


def test_one_id_is_enough_only_while_it_names_one_pair(review, twins, connection):
    connection.execute(
        "INSERT INTO review SELECT gen_random_uuid(), other_patient_id, account_id, reason,"
        " import_id, attempt, line FROM review"
    )
    connection.commit()
    code, said = review("same", twins[1])
    assert (code, said["error"]) == (1, "not_allowed")
    assert "2 open pairs name patient" in said["message"]


def test_two_patients_of_ones_choice_are_asked_about_or_merged_at_once(
    review, home, connection, tmp_path
):
    clinic = Clinic(home, connection, tmp_path)
    done = clinic.send(0, maria(), john(), john(ehr="E-7", last="Kim"))
    a, b, c = (done.patient(line) for line in (2, 3, 4))
    connection.commit()
    code, asked = review("ask", a, b, "--by", "rita")
    assert (code, asked["state"], asked["reason"]) == (0, "open", "asked_by_person")
    code, merged = review("same", c, b, "--open")
    assert (code, merged["state"]) == (0, "same")
    code, error = review("same", a, "--open")
    assert (code, "name both patients" in json.dumps(error)) == (1, True)
    code, error = review("ask", a, uuid4())
    assert (code, "no patient" in json.dumps(error)) == (1, True)
