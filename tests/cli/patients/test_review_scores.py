"""`rosterline review bulk` and `scores`: pairs decided by their score, and how good it is."""

import json
from uuid import uuid4

import pytest

from tests.files import maria
from tests.nights import Clinic

PAIRS = 55


@pytest.fixture
def many(home, connection, tmp_path):
    """55 people under two EHR ids, each pair with a score of 18."""
    clinic = Clinic(home, connection, tmp_path)
    for day in (0, 1):
        rows = [maria(ehr=f"E-{day}-{n}", last=f"Lopez{'abcdefghijk'[n // 5]}{'vwxyz'[n % 5]}")
                for n in range(PAIRS)]  # fmt: skip
        clinic.send(day, *rows)
    connection.execute("UPDATE review SET weight = 18, probability = 1, evidence = '[]'")
    connection.commit()


@pytest.fixture
def review(rosterline):
    def run(*arguments):
        ran = rosterline("review", *arguments, "--json")
        return ran.exit_code, json.loads(ran.stdout if ran.exit_code == 0 else ran.stderr)

    return run


@pytest.mark.usefixtures("many")
def test_a_sample_is_judged_and_the_rest_merged_by_one_command(review, rosterline):
    code, bulk = review("bulk", "draw", "-a", "clinic", "--from-score", "15", "--by", "rita")
    assert (code, bulk["rest"], bulk["sample_open"]) == (0, PAIRS - 20, 20)
    code, refused = review("bulk", "merge", bulk["bulk_merge"])
    assert (code, refused["error"]) == (1, "not_allowed")
    assert "20 of the 20 sampled pairs are to be judged" in refused["message"]
    _, sample = review("list", "-a", "clinic", "--sample-of", bulk["bulk_merge"])
    assert len(sample) == 20
    for pair in sample:
        review("same", pair["younger"]["patient"], pair["older"]["patient"])
    said = rosterline("review", "bulk", "show", bulk["bulk_merge"]).stdout
    assert "20 the same, 0 different, 0 to judge" in said
    assert f"rosterline review bulk merge {bulk['bulk_merge']}" in said
    code, merged = review("bulk", "merge", bulk["bulk_merge"])
    assert (code, merged["merged"], merged["state"]) == (0, PAIRS - 20, "finished")
    assert review("list", "-a", "clinic") == (0, [])
    listed = rosterline("review", "bulk", "list", "-a", "clinic").stdout
    assert "35 of 35" in listed
    assert review("bulk", "cancel", bulk["bulk_merge"])[1]["error"] == "not_allowed"


@pytest.mark.usefixtures("many")
def test_a_bulk_merge_is_cancelled_and_what_cannot_be_drawn_is_said(review):
    _, bulk = review("bulk", "draw", "-a", "clinic", "--from-score", "15")
    assert review("bulk", "cancel", bulk["bulk_merge"])[1]["state"] == "cancelled"
    for arguments, expected in (
        (("bulk", "draw", "-a", "clinic", "--from-score", "99"), "one by one"),
        (("bulk", "draw", "-a", "clinic", "--from-score", "15", "--sample", "7"), "20, 60, 150"),
        (("bulk", "show", uuid4()), "no such bulk merge"),
        (("scores", "-a", "nobody"), "nobody"),
    ):
        code, said = review(*arguments)
        assert code == 1
        assert expected in said["message"]


@pytest.mark.usefixtures("many")
def test_scores_are_shown_with_the_thresholds_of_the_last_search(review, rosterline, connection):
    assert "no scored pair was judged yet" in rosterline("review", "scores", "-a", "clinic").stderr
    _, pairs = review("list", "-a", "clinic", "--by-score", "--band", "very likely")
    review("different", pairs[0]["younger"]["patient"], pairs[0]["older"]["patient"])
    connection.execute("INSERT INTO scoring_model SELECT id, '1/x/', 4, 20, now() FROM account")
    connection.commit()
    _, found = review("scores", "-a", "clinic")
    assert found["thresholds"] == {"review": 4.0, "automatic": 20.0, "link": None}
    [judged] = [each for each in found["ranges"] if each["judged"]]
    assert (judged["from"], judged["below"], judged["precision"]) == (18.0, 21.0, 0.0)
    said = " ".join(rosterline("review", "scores", "-a", "clinic").stdout.split())
    assert "18 to 21 1 0 1 0.0%" in said
    assert "a person is asked from 4" in said
