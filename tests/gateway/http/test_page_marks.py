"""Where a page of the review queue ended, as an address carries it."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.http.page_marks import mark_of, position_of
from registry.decisions.patient_summaries import summary_before
from registry.decisions.review_queue import Pair
from schemas.errors import NotFound

FOUND = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
PAIR = Pair(
    younger=summary_before(UUID(int=2), {}),
    older=summary_before(UUID(int=1), {}),
    state="open",
    reason="similar",
    import_id=UUID(int=7),
    file_name=None,
    line=2,
    created_at=FOUND,
    judged_at=None,
    judged_by=None,
    weight=18.5,
)


def test_a_mark_leads_back_to_the_place_of_an_open_pair_also_without_a_score():
    assert position_of(mark_of(PAIR, "open"), "open") == (-18.5, UUID(int=2), UUID(int=1))
    unscored = replace(PAIR, weight=None)
    assert position_of(mark_of(unscored, "open"), "open") == (math.inf, UUID(int=2), UUID(int=1))


def test_a_mark_leads_back_to_the_place_of_a_judged_pair():
    judged = replace(PAIR, state="same", judged_at=FOUND)
    assert position_of(mark_of(judged, "judged"), "judged") == judged.position


def test_no_mark_is_the_first_page():
    assert position_of("", "open") is None


@pytest.mark.parametrize("which", ["open", "judged"])
@pytest.mark.parametrize("mark", ["x", "1_2", f"x_{UUID(int=2)}_{UUID(int=1)}", "1_2_3_4"])
def test_what_marks_no_place_is_not_found(mark, which):
    with pytest.raises(NotFound):
        position_of(mark, which)
