"""Changed identities: rows that have another person's name and birth than their patient."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.patients.fact_labels import ValueChange, value_changes_of
from gateway.portal.rendering import render
from gateway.portal.reviews.decided_pair import MAX_TEXT
from gateway.portal.reviews.one_pair import BUSY
from gateway.portal.reviews.review_queue import PAGE_PAIRS
from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.decisions.identity_judgements import ask_again, right, would_become, wrong
from registry.decisions.identity_reviews import (
    IdentityReview,
    Position,
    list_identities,
    read_identity,
)
from registry.decisions.judgements import Reviewer, changes_between
from registry.decisions.review_queue import Which
from registry.patients.record import Change, Origin
from schemas.errors import NotAllowed, NotFound

router = APIRouter(prefix="/review/identities")

Decision = Literal["right", "wrong", "ask-again"]
_DECIDE: dict[Decision, Callable[[Connection, Reviewer, UUID], IdentityReview]] = {
    "right": right,
    "wrong": wrong,
    "ask-again": ask_again,
}


@router.get("")
def show_waiting(
    page_request: CanReview, after: Annotated[str, Query(max_length=MAX_TEXT)] = ""
) -> Response:
    """Rows that wait, the oldest first."""
    return _list(page_request, "open", after)


@router.get("/judged")
def show_judged(
    page_request: CanReview, after: Annotated[str, Query(max_length=MAX_TEXT)] = ""
) -> Response:
    """Rows that were judged, the latest first."""
    return _list(page_request, "judged", after)


@router.get("/{review_id}")
def show_identity(page_request: CanReview, review_id: UUID) -> Response:
    """The patient without the row beside the patient with it."""
    return _page(page_request, review_id)


@router.post("/{review_id}/{decision}")
def decide(page_request: CanReview, review_id: UUID, decision: Decision) -> Response:
    """Judge a row, or take the judgement back, and show what became of it."""
    try:
        with page_request.as_account() as (connection, account):
            _DECIDE[decision](connection, _reviewer(page_request, account), review_id)
            page_request.log(connection, "review", f"{decision} {review_id}")
    except NotAllowed as error:
        return _page(page_request, review_id, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, review_id, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    return RedirectResponse(f"/review/identities/{review_id}", HTTPStatus.SEE_OTHER)


def _list(page_request: PageRequest, which: Which, after: str) -> Response:
    with page_request.as_account() as (connection, account):
        found = list_identities(connection, account.id, which, PAGE_PAIRS + 1, _position(after))
    shown = found[:PAGE_PAIRS]
    return render(
        "reviews/identity_queue.html",
        page_request,
        account=account,
        zone=account.time_zone,
        which=which,
        reviews=shown,
        next_page=_page_mark(shown[-1].position) if len(found) > PAGE_PAIRS else None,
        is_first_page=not after,
    )


def _page(
    page_request: PageRequest, review_id: UUID, error: str | None = None, status: int = 200
) -> Response:
    with page_request.as_account() as (connection, account):
        review = read_identity(connection, account.id, review_id)
        reviewer = _reviewer(page_request, account)
        try:
            differences = _differences(connection, account, reviewer, review)
        except NotAllowed as refusal:
            differences, error = [], error or str(refusal)
        page_request.log(connection, "view", f"patient {review.patient.id}")
    return render(
        "reviews/one_identity.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        review=review,
        differences=differences,
        error=error,
    )


def _differences(
    connection: Connection, account: Account, reviewer: Reviewer, review: IdentityReview
) -> list[ValueChange]:
    """(label, value without the row, value with it) of what differs, while the row is open."""
    if review.state != "open":
        return []
    without, with_row = would_become(connection, reviewer, review)
    named = (*list_facilities(connection, account), *list_cohorts(connection, account))
    origin = Origin(review.import_id, review.file_name, None, review.line, review.created_at)
    change = Change(origin, dict(changes_between(without, with_row)))
    return list(value_changes_of(change, {str(each.id): each.name for each in named}))


def _reviewer(page_request: PageRequest, account: Account) -> Reviewer:
    return Reviewer(account.id, page_request.session.user.name, now())


def _page_mark(last: Position) -> str:
    """The position after this row, as an address carries it; `_position` reads it."""
    return f"{last[0].isoformat()}_{last[1]}"


def _position(page_mark: str) -> Position | None:
    if not page_mark:
        return None
    try:
        at, review_id = page_mark.split("_")
        return datetime.fromisoformat(at), UUID(review_id)
    except ValueError as error:
        raise NotFound("there is no such page") from error
