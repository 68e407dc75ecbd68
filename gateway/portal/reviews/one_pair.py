"""One pair of patients side by side, and the reviewer's decision."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.rendering import render
from gateway.portal.reviews.decided_pair import (
    MAX_TEXT,
    STATE_LABELS,
    decided_pair,
    decided_query,
)
from gateway.portal.reviews.side_by_side import rows_of
from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.decisions.judgements import Reviewer, ask_again, different
from registry.decisions.merge import same, told_of
from registry.decisions.review_queue import REASONS, Pair, next_open, read_pair
from registry.decisions.split import split
from registry.decisions.survivorship import combined
from registry.patients.history import read_record
from schemas.errors import NotAllowed

router = APIRouter(prefix="/review")

BUSY = "an import of this account is being written just now; nothing was changed, try again"

Decision = Literal["same", "different", "split", "ask-again"]
_DECIDE: dict[Decision, Callable[[Connection, Reviewer, UUID, UUID], object]] = {
    "same": same,
    "different": different,
    "split": split,
    "ask-again": ask_again,
}


@router.get("/{younger}/{older}")
def show_pair(
    page_request: CanReview,
    younger: UUID,
    older: UUID,
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """One pair side by side; `judged` is the pair that was decided just before."""
    return _page(page_request, younger, older, judged=judged)


@router.post("/{younger}/{older}/{decision}")
def decide(page_request: CanReview, younger: UUID, older: UUID, decision: Decision) -> Response:
    """Decide about a pair, and go on to the next one."""
    try:
        with page_request.as_account() as (connection, account):
            pair = read_pair(connection, account.id, younger, older)
            reviewer = Reviewer(account.id, page_request.session.user.name, now())
            _DECIDE[decision](connection, reviewer, younger, older)
            page_request.log(connection, "review", f"{decision} {younger} {older}")
            following = next_open(connection, account.id, pair.position)
    except NotAllowed as error:
        return _page(page_request, younger, older, str(error), status_of(error))
    except LockNotAvailable:
        return _page(page_request, younger, older, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    if decision in ("split", "ask-again"):
        return RedirectResponse(_path(pair), HTTPStatus.SEE_OTHER)
    target = _path(following) if following else "/review"
    return RedirectResponse(f"{target}?{decided_query(pair)}", HTTPStatus.SEE_OTHER)


def _page(
    page_request: PageRequest,
    younger: UUID,
    older: UUID,
    error: str | None = None,
    status: int = HTTPStatus.OK,
    *,
    judged: str = "",
) -> Response:
    with page_request.as_account() as (connection, account):
        pair = read_pair(connection, account.id, younger, older)
        shown = {
            **_compared(connection, account, pair),
            "following": _path_of_next(connection, account, pair),
            "decided": decided_pair(connection, account, judged),
        }
        page_request.log(connection, "view", f"pair {younger} {older}")
    return render(
        "reviews/one_pair.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        pair=pair,
        reason=REASONS.get(pair.reason, pair.reason.replace("_", " ")),
        states=STATE_LABELS,
        error=error,
        **shown,
    )


def _path_of_next(connection: Connection, account: Account, pair: Pair) -> str | None:
    """The page of the open pair behind an open one; None if there is no other."""
    if pair.state != "open":
        return None
    following = next_open(connection, account.id, pair.position)
    is_another = following is not None and following.position != pair.position
    return _path(following) if following and is_another else None


def _compared(connection: Connection, account: Account, pair: Pair) -> dict[str, Any]:
    """The rows of the table, as long as both patients exist; otherwise no rows."""
    if not (pair.younger.is_there and pair.older.is_there):
        return {"rows": [], "first_seen": {}}
    sides = (pair.older.id, pair.younger.id)
    older, younger = (read_record(connection, account.id, each) for each in sides)
    merged = combined(*(told_of(connection, account.id, each) for each in (older, younger)))
    named = (*list_facilities(connection, account), *list_cohorts(connection, account))
    names = {str(each.id): each.name for each in named}
    first_seen = {each.patient_id: each.changes[-1].origin for each in (older, younger)
                  if each.changes}  # fmt: skip
    return {"rows": rows_of(older, younger, merged, names), "first_seen": first_seen}


def _path(pair: Pair) -> str:
    return f"/review/{pair.younger.id}/{pair.older.id}"
