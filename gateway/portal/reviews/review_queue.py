"""The review queue: pairs of patients that wait, and pairs that were decided."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.page_marks import mark_of, position_of
from gateway.portal.context import now
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.rendering import render
from gateway.portal.reviews.decided_pair import MAX_TEXT, STATE_LABELS, WHY_LABELS, decided_before
from gateway.portal.reviews.filters import NO_FILTER, Filtered, Filters
from registry.decisions.clusters import Task, list_tasks
from registry.decisions.review_queue import REASONS, Which, list_pairs
from registry.decisions.score_bands import BANDS

router = APIRouter(prefix="/review")

PAGE_PAIRS = 25


@router.get("")
def show_queue(
    page_request: CanReview,
    filters: Filtered,
    after: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """What waits, by score; `judged` is what was decided just before."""
    return _list(page_request, "open", after, judged, filters)


@router.get("/judged")
def show_decided(
    page_request: CanReview, after: Annotated[str, Query(max_length=MAX_TEXT)] = ""
) -> Response:
    """Pairs that were decided, the latest first."""
    return _list(page_request, "judged", after, "", NO_FILTER)


def _list(
    page_request: PageRequest, which: Which, after: str, judged: str, filters: Filters
) -> Response:
    position = position_of(after, which)
    with page_request.as_reader() as (connection, account):
        if which == "open":
            chosen = filters.chosen(now())
            found = list_tasks(connection, account.id, PAGE_PAIRS + 1, position, chosen)
        else:
            pairs = list_pairs(connection, account.id, which, PAGE_PAIRS + 1, position)
            found = [Task(pair, (pair.older.id, pair.younger.id)) for pair in pairs]
        decided = decided_before(connection, account, judged)
    shown = found[:PAGE_PAIRS]
    return render(
        "reviews/review_queue.html",
        page_request,
        account=account,
        zone=account.time_zone,
        which=which,
        tasks=shown,
        next_page=mark_of(shown[-1].pair, which) if len(found) > PAGE_PAIRS else None,
        filters=filters,
        bands=BANDS,
        is_first_page=not after,
        decided=decided,
        reasons=REASONS,
        states=STATE_LABELS,
        why_labels=WHY_LABELS,
    )
