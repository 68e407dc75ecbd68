"""The review queue: pairs that wait, and pairs that were decided."""

import re
import time

import pytest

from tests.gateway.portal.reviews.conftest import OLDER, YOUNGER, fill, path_of, score
from tests.gateway.portal.rosters import text_of


@pytest.mark.usefixtures("twins")
def test_the_queue_shows_both_patients_the_reason_and_the_origin(browse):
    page = browse("reviewer@clinic.test").get("/review")
    said = text_of(page)
    assert "Dana Sample 1961, F · Internal C-8" in said
    assert "Internal C-9" in said
    assert "Same name, birth and gender roster.csv, line 2" in said
    assert "Review 1 waiting" in said


def test_the_queue_shows_the_score_and_its_band(twins, connection, browse):
    score(connection, twins)
    said = text_of(browse("reviewer@clinic.test").get("/review"))
    assert "18.5 very likely Dana Sample" in said


@pytest.mark.parametrize(
    ("filters", "is_shown"),
    [
        ({"band": "very likely"}, True),
        ({"band": "likely"}, False),
        ({"reason": "same_name_and_birth", "days": "30", "band": ""}, True),
        ({"reason": "similar"}, False),
        ({"file": "00000000-0000-7000-8000-000000000001"}, False),
    ],
    ids=str,
)
def test_the_queue_is_narrowed_by_score_reason_age_and_import(
    twins, connection, browse, filters, is_shown
):
    score(connection, twins)
    connection.execute("UPDATE review SET created_at = now()")
    connection.commit()
    said = text_of(browse("reviewer@clinic.test").get("/review", **filters))
    assert ("Dana Sample" in said) == is_shown
    assert "Show all" in said


def test_a_merge_is_split_from_the_list_of_decided_pairs(twins, browse):
    rita = browse("reviewer@clinic.test")
    rita.post(path_of(twins, "/same"))
    said = text_of(rita.get("/review/judged"))
    assert "Merged Dana Sample and Dana Sample 1961 · C-9 was merged in reviewer@clinic" in said
    rita.post(path_of(twins, "/split"), on="/review/judged")
    assert "are different people" in text_of(rita.page)
    for who in (OLDER, YOUNGER):
        assert rita.get(f"/patients/{twins.patient(who)}").url.path.endswith(
            str(twins.patient(who))
        )
    assert "split from another patient by reviewer@clinic.test" in text_of(rita.page)
    rita.post(path_of(twins, "/ask-again"))
    assert "Are these one person?" in text_of(rita.page)


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("mark", ["x", "2026-11-01_x_y", "nobody"])
def test_an_invalid_position_is_not_found(browse, mark):
    assert browse("reviewer@clinic.test").get("/review", after=mark).status_code == 404


def test_filtered_pages_of_ten_thousand_scored_pairs_come_at_once(clinic, connection, browse):
    fill(connection, clinic, 10_000)
    connection.execute(
        "UPDATE review SET reason = 'similar', weight = extract(minute FROM created_at)"
    )
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE")
    rita = browse("reviewer@clinic.test")
    seen, taken, path = [], [], "/review?band=very+likely&reason=similar"
    for _ in range(4):
        began = time.perf_counter()
        page = rita.get(path)
        taken.append(time.perf_counter() - began)
        seen += [int(n) for n in re.findall(r"Ann Sample(\d+)</strong>", page.text)[::2]]
        path = re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert len(set(seen)) == 100
    assert {n % 60 for n in seen} == {59}
    assert min(taken) < 0.2


def test_a_page_of_ten_thousand_pairs_comes_at_once(clinic, connection, browse):
    fill(connection, clinic, 10_000)
    connection.autocommit = True
    connection.execute("ANALYZE")
    rita = browse("reviewer@clinic.test")
    seen, taken, path = [], [], "/review"
    for _ in range(4):
        began = time.perf_counter()
        page = rita.get(path)
        taken.append(time.perf_counter() - began)
        seen += re.findall(r"Ann (Sample\d+)</strong>", page.text)[::2]
        path = re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert seen == [f"Sample{n}" for n in range(100)]
    assert "1,000+" in text_of(rita.page)
    assert min(taken) < 0.2
