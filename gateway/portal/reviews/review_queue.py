"""The review queue: pairs of patients that wait, and pairs that were decided."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.rendering import render
from gateway.portal.reviews.decided_pair import MAX_TEXT, STATE_LABELS, decided_pair
from registry.decisions.review_queue import REASONS, Position, Which, list_pairs
from schemas.errors import NotFound

router = APIRouter(prefix="/review")

PAGE_PAIRS = 25


@router.get("")
def show_queue(
    page_request: CanReview,
    after: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """Pairs that wait, the oldest first; `judged` is the pair that was decided just before."""
    return _list(page_request, "open", after, judged)


@router.get("/judged")
def show_decided(
    page_request: CanReview, after: Annotated[str, Query(max_length=MAX_TEXT)] = ""
) -> Response:
    """Pairs that were decided, the latest first."""
    return _list(page_request, "judged", after, "")


def _list(page_request: PageRequest, which: Which, after: str, judged: str) -> Response:
    with page_request.as_account() as (connection, account):
        found = list_pairs(connection, account.id, which, PAGE_PAIRS + 1, _position(after))
        decided = decided_pair(connection, account, judged)
    pairs = found[:PAGE_PAIRS]
    return render(
        "reviews/review_queue.html",
        page_request,
        account=account,
        zone=account.time_zone,
        which=which,
        pairs=pairs,
        next_page=_page_mark(pairs[-1].position) if len(found) > PAGE_PAIRS else None,
        is_first_page=not after,
        decided=decided,
        reasons=REASONS,
        states=STATE_LABELS,
    )


def _page_mark(last: Position) -> str:
    """The position after this pair, as an address carries it; `_position` reads it."""
    at, younger, older = last
    return f"{at.isoformat()}_{younger}_{older}"


def _position(page_mark: str) -> Position | None:
    if not page_mark:
        return None
    try:
        at, younger, older = page_mark.split("_")
        return datetime.fromisoformat(at), UUID(younger), UUID(older)
    except ValueError as error:
        raise NotFound("there is no such page") from error
