"""Decisions for many: all pairs above a score, once a sample of them was judged."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.rendering import render
from gateway.portal.reviews.decided_pair import MAX_TEXT, WHY_LABELS, decided_before
from gateway.portal.reviews.filters import Filters
from gateway.portal.reviews.one_pair import BUSY
from registry.accounts.accounts import Account
from registry.decisions.bulk_merges import (
    SAMPLE_SIZES,
    BulkMerge,
    cancel,
    count_mergeable,
    list_bulk_merges,
    merge_batch,
    open_bulk_merge,
    read_bulk_merge,
)
from registry.decisions.judgements import Reviewer
from registry.decisions.review_queue import list_by_score
from registry.decisions.score_bands import BANDS
from schemas.errors import NotAllowed

router = APIRouter(prefix="/review/bulk")

LOWEST, HIGHEST = -100.0, 100.0
Score = Annotated[float, Query(ge=LOWEST, le=HIGHEST)]


@router.get("")
def choose_score(page_request: CanReview, score: Score = BANDS["very likely"]) -> Response:
    """How many pairs have a score, and what was merged so before."""
    return _choice(page_request, score)


@router.post("")
def draw(page_request: CanReview) -> Response:
    """Fix the pairs and draw the sample."""
    score, size = _drawn(page_request)
    try:
        with page_request.as_account() as (connection, account):
            bulk = open_bulk_merge(connection, _reviewer(page_request, account), score, size)
            page_request.log(connection, "review", f"bulk merge {bulk.id} from {score:g}")
    except NotAllowed as error:
        return _choice(page_request, score, error.said, status_of(error))
    return RedirectResponse(f"/review/bulk/{bulk.id}", HTTPStatus.SEE_OTHER)


@router.get("/{bulk_merge_id}")
def show(
    page_request: CanReview,
    bulk_merge_id: UUID,
    *,
    running: bool = False,
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """How far a bulk merge is; with `running`, the page's script asks for the next batch."""
    return _page(page_request, bulk_merge_id, judged=judged, is_running=running)


@router.post("/{bulk_merge_id}/merge")
def merge(page_request: CanReview, bulk_merge_id: UUID) -> Response:
    """Merge one batch."""
    try:
        with page_request.as_account() as (connection, account):
            before = read_bulk_merge(connection, account.id, bulk_merge_id)
            bulk = merge_batch(connection, _reviewer(page_request, account), bulk_merge_id)
            count = bulk.merged - before.merged
            page_request.log(connection, "review", f"bulk merge {bulk.id}: {count} pairs the same")
    except NotAllowed as error:
        return _page(page_request, bulk_merge_id, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, bulk_merge_id, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    more = "?running=true" if bulk.state == "open" else ""
    return RedirectResponse(f"/review/bulk/{bulk.id}{more}", HTTPStatus.SEE_OTHER)


@router.post("/{bulk_merge_id}/cancel")
def cancel_rest(page_request: CanReview, bulk_merge_id: UUID) -> Response:
    """Leave the rest in the queue."""
    try:
        with page_request.as_account() as (connection, account):
            cancel(connection, _reviewer(page_request, account), bulk_merge_id)
            page_request.log(connection, "review", f"bulk merge {bulk_merge_id} cancelled")
    except NotAllowed as error:
        return _page(page_request, bulk_merge_id, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, bulk_merge_id, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    return RedirectResponse(f"/review/bulk/{bulk_merge_id}", HTTPStatus.SEE_OTHER)


def _choice(
    page_request: PageRequest, score: float, error: str | None = None, status: int = HTTPStatus.OK
) -> Response:
    with page_request.as_account() as (connection, account):
        pairs = count_mergeable(connection, account.id, score)
        earlier = list_bulk_merges(connection, account.id)
    return render(
        "reviews/choose_bulk_merge.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        score=score,
        pairs=pairs,
        sizes=[(size, 1 - 0.05 ** (1 / size)) for size in SAMPLE_SIZES],
        earlier=earlier,
        error=error,
    )


def _page(
    page_request: PageRequest,
    bulk_merge_id: UUID,
    error: str | None = None,
    status: int = HTTPStatus.OK,
    *,
    judged: str = "",
    is_running: bool = False,
) -> Response:
    filters = Filters(sample=bulk_merge_id)
    with page_request.as_account() as (connection, account):
        bulk = read_bulk_merge(connection, account.id, bulk_merge_id)
        to_judge = list_by_score(connection, account.id, 1, chosen=filters.chosen(now()))
        decided = decided_before(connection, account, judged)
    return render(
        "reviews/one_bulk_merge.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        bulk=bulk,
        first=filters.of_pair(to_judge[0]) if to_judge and _is_sampling(bulk) else None,
        filters=filters,
        decided=decided,
        why_labels=WHY_LABELS,
        is_running=is_running and bulk.refusal is None,
        error=error,
    )


def _is_sampling(bulk: BulkMerge) -> bool:
    return bulk.state == "open" and bulk.sample_different == 0


def _drawn(page_request: PageRequest) -> tuple[float, int]:
    """The score and the size of the sample that the form names.

    Raises:
        NotAllowed: they are no numbers.
    """
    form = page_request.form
    try:
        return float(form.get("score", "")), int(form.get("size", ""))
    except ValueError as error:
        raise NotAllowed("score and size of the sample must be numbers") from error


def _reviewer(page_request: PageRequest, account: Account) -> Reviewer:
    return Reviewer(account.id, page_request.session.user.name, now())
