"""Merging many pairs at the portal: the score, the sample, the batches."""

import re

import pytest

from tests.gateway.portal.rosters import text_of
from tests.importing import process, put

PAIRS = 50


@pytest.fixture
def many(clinic, connection, portal, tmp_path):
    """50 clients under two numbers each: as many pairs, with a score of 18."""
    rows = "".join(
        f"C-{n}-{twin},Dana{n},Sample,1961,f,,,,\n" for n in range(PAIRS) for twin in (1, 2)
    )
    process(portal, connection, put(portal, connection, clinic, rows, folder=tmp_path))
    connection.execute("UPDATE review SET weight = 18, evidence = '[]'")
    connection.commit()


@pytest.fixture
def rita(browse, many):  # noqa: ARG001 - the pairs are there
    return browse("reviewer@clinic.test")


def draw(rita) -> str:
    page = rita.get("/review/bulk", score="15")
    assert "50 pairs from a score of 15" in text_of(page)
    rita.post("/review/bulk", score="15.0", size="20")
    return rita.path


def judge_sample(rita, act="same") -> None:
    """From the bulk merge's page through the sample, as a browser without a script."""
    target = re.search(r'class="button primary" href="([^"]+)"', rita.page.text)[1]
    rita.get(target.replace("&amp;", "&"))
    while found := re.search(rf'action="(/review/[^"]+/{act}\?[^"]*)"', rita.page.text):
        rita.post(found[1].replace("&amp;", "&"))


def test_a_sample_is_judged_and_the_rest_merged_in_batches(rita, connection):
    path = draw(rita)
    assert "0 of 20 random pairs are judged" in text_of(rita.page)
    assert "Merge all" not in rita.page.text
    judge_sample(rita)
    assert rita.path == path, "behind the sample comes its page"
    assert "Merge all 30" in text_of(rita.page)
    assert "at most 14 of 100 of the rest are not" in text_of(rita.page)
    rita.post(f"{path}/merge", on=path)
    assert "25 of 30 merged" in text_of(rita.page)
    assert "data-go-on" in rita.page.text
    assert "data-go-on" not in rita.get(path).text, "Pause leads to a page that waits"
    rita.post(f"{path}/merge", on=path)
    assert "30 of 30 merged" in text_of(rita.page)
    assert "Everything was gone through" in text_of(rita.page)
    assert "Finished" in text_of(rita.get("/review/bulk"))
    logged = connection.execute(
        "SELECT detail FROM access_event WHERE detail LIKE 'bulk merge%' ORDER BY id"
    ).fetchall()
    assert [detail.split(maxsplit=3)[-1] for (detail,) in logged] == [
        "from 15", "25 pairs the same", "5 pairs the same",
    ]  # fmt: skip


def test_a_pair_that_is_different_is_the_end_of_it(rita):
    path = draw(rita)
    judge_sample(rita, "different")
    page = rita.post(f"{path}/merge", on=path)
    assert page.status_code == 409
    assert "sampled pairs are different people" in text_of(page)
    assert "Merge all" not in page.text


def test_the_rest_is_cancelled(rita):
    path = draw(rita)
    rita.post(f"{path}/cancel", on=path)
    assert "the other 30 pairs are in the queue" in text_of(rita.page)
    assert rita.post(f"{path}/cancel").status_code == 409


@pytest.mark.parametrize(("score", "size"), [("99", "20"), ("15", "7"), ("x", "20")])
def test_what_cannot_be_drawn_is_refused(rita, score, size):
    assert rita.post("/review/bulk", score=score, size=size).status_code == 409
