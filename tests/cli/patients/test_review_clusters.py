"""`rosterline review cluster` and the like: several records, decided about at once."""

import json

import pytest

from tests.files import john, maria
from tests.nights import Clinic


@pytest.fixture
def records(home, connection, tmp_path):
    """Maria under three ids: three pairs; and John, whom nothing connects."""
    clinic = Clinic(home, connection, tmp_path)
    found = [
        clinic.send(day, maria(ehr=f"E-{day}", city=city)).patient(2)
        for day, city in enumerate(("Rome", "Oslo", "Bern"), 1)
    ]
    stranger = clinic.send(4, john(ehr="E-7")).patient(2)
    connection.commit()
    return [*found, stranger]


@pytest.fixture
def review(rosterline):
    def run(*arguments):
        ran = rosterline("review", *arguments, "--json")
        return ran.exit_code, json.loads(ran.stdout if ran.exit_code == 0 else ran.stderr)

    return run


def open_pairs(connection):
    return connection.execute("SELECT count(*) FROM review WHERE state = 'open'").fetchone()[0]


def test_a_cluster_is_shown_merged_and_undone(review, rosterline, records, connection):
    a, b, c, _ = records
    before = open_pairs(connection)
    code, found = review("cluster", c)
    assert (code, [each["patient"] for each in found["patients"]]) == (0, [str(a), str(b), str(c)])
    assert len(found["pairs"]) == before
    said = rosterline("review", "cluster", a).stdout
    assert all(str(each) in said for each in (a, b, c))
    assert "no score" in said

    code, merged = review("one-person", c, a, b, "--by", "rita")
    assert (code, merged["patient"], merged["merged"]) == (0, str(a), [str(b), str(c)])
    assert open_pairs(connection) == 0
    code, taken_back = review("undo", a)
    assert (code, len(taken_back["pairs"])) == (0, 2)
    connection.rollback()
    assert open_pairs(connection) == before
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (4,)


def test_some_are_one_person_and_others_are_not(rosterline, records, connection):
    a, b, c, _ = records
    said = rosterline("review", "one-person", a, b, "--other", c).stdout
    assert f"2 records are patient {a} from now on" in said
    judged = json.loads(rosterline("review", "list", "-a", "clinic", "--judged", "--json").stdout)
    assert sorted(each["state"] for each in judged) == ["different", "same"]
    assert open_pairs(connection) == 0
    assert "Taken back: 2 decisions." in rosterline("review", "undo", b).stdout


def test_all_are_different(review, rosterline, records):
    a, b, c, _ = records
    code, closed = review("all-different", a, b, c, "--why", "relatives")
    assert code == 0
    assert closed["pairs"] >= 2
    assert "Taken back" in rosterline("review", "undo", b, a).stdout, "one pair of them"


def test_what_cannot_be_judged_is_an_error_that_says_why(review, records):
    a, b, _, stranger = records
    for arguments, code, expected in (
        (("cluster", stranger), "not_found", "no pair names patient"),
        (("one-person", a), "not_allowed", "at least two"),
        (("one-person", a, b, "--other", b), "not_allowed", "as the same person and as another"),
        (("all-different", a, stranger), "not_allowed", "judged them already"),
        (("all-different", a, b, "--why", "strangers"), "not_allowed", "twins, relatives, other"),
        (("undo", a), "not_found", "no decision about this patient"),
        (("undo", a, b), "not_allowed", "not judged yet"),
    ):
        exit_code, said = review(*arguments)
        assert (exit_code, said["error"]) == (1, code), arguments
        assert expected in said["message"]
