"""The chart of decided precision by score."""

import re

import pytest

from gateway.portal.reviews.score_chart import BOTTOM, TOP, limits_of, points_of
from registry.decisions.decided_scores import DecidedRange
from tests.gateway.portal.reviews.conftest import path_of, score
from tests.gateway.portal.rosters import text_of


def test_points_stand_at_their_share_and_ranges_without_judgements_have_none():
    ranges = [DecidedRange(4, 8, 0, 5), DecidedRange(8, 15, 0, 0), DecidedRange(15, 99, 7, 0)]
    low, none, high = points_of(ranges)
    assert (low.y, low.counted) == (BOTTOM, "0 of 5")
    assert (none.y, none.high, none.counted) == (None, None, "none")
    assert (high.y, high.high) == (TOP, TOP)
    assert low.x < none.x < high.x
    assert [(limit.title, limit.x) for limit in limits_of(ranges, {"likely": 8, "sure": 22})] == [
        ("likely from 8", 370.0),
        ("sure from 22", 705.8),
    ]


def test_the_page_shows_a_chart_and_the_same_figures_as_a_table(twins, connection, browse):
    score(connection, twins)
    rita = browse("reviewer@clinic.test")
    assert "No scored pair was judged yet" in text_of(rita.get("/review/scores"))
    rita.post(path_of(twins, "/same"))
    page = rita.get("/review/scores")
    assert re.search(r"18 to 21 1 1 0 100\.0 % 20\.7 % to 100\.0 %", text_of(page))
    assert page.text.count('<circle class="point"') == 1
    assert "very likely from 15" in page.text


@pytest.mark.usefixtures("clinic")
def test_only_reviewers_see_scores(browse):
    assert browse("importer@clinic.test").get("/review/scores").status_code == 403
