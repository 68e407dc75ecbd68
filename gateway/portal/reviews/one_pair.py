"""One pair of patients side by side, and the reviewer's decision."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.languages import N_
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.rendering import render
from gateway.portal.reviews.decided_pair import (
    MAX_TEXT,
    STATE_LABELS,
    WHY_LABELS,
    Decided,
    decided_before,
    decided_query,
)
from gateway.portal.reviews.filters import Filtered, Filters
from gateway.portal.reviews.side_by_side import rows_of
from gateway.portal.reviews.waterfall import waterfall
from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.decisions.clusters import Task, cluster_of, next_task
from registry.decisions.judgements import Reviewer, ask_again, different
from registry.decisions.merge import same
from registry.decisions.review_queue import REASONS, Pair, read_pair
from registry.decisions.split import split
from registry.decisions.survivorship import Choices, combined
from registry.decisions.take_back import take_back
from registry.patients.history import read_record
from registry.patients.last_asserted import asserted_facts
from schemas.errors import NotAllowed

router = APIRouter(prefix="/review")

BUSY = N_("an import of this account is being written just now; nothing was changed, try again")

KEEP = "keep:"
"""How the fields of a form begin that say whose value stays."""

Decision = Literal["same", "different", "split", "ask-again", "undo"]
_DECIDE: dict[Decision, Callable[[Connection, Reviewer, UUID, UUID], object]] = {
    "split": split,
    "ask-again": ask_again,
    "undo": take_back,
}


@router.get("/{younger}/{older}")
def show_pair(
    page_request: CanReview,
    younger: UUID,
    older: UUID,
    filters: Filtered,
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """One pair side by side; `judged` is the pair that was decided last."""
    return _page(page_request, younger, older, filters, judged=judged)


@router.post("/{younger}/{older}/{decision}")
def decide(
    page_request: CanReview, younger: UUID, older: UUID, decision: Decision, filters: Filtered
) -> Response:
    """Decide about a pair, and go on to the next one; `undo` goes back to the pair."""
    try:
        with page_request.as_account() as (connection, account):
            pair = read_pair(connection, account.id, younger, older)
            reviewer = Reviewer(account.id, page_request.session.user.name, now())
            if decision == "different":
                why = page_request.form.get("why") or None
                different(connection, reviewer, younger, older, why)
            elif decision == "same":
                same(connection, reviewer, younger, older, _choices(page_request))
            else:
                _DECIDE[decision](connection, reviewer, younger, older)
            page_request.log(connection, "review", f"{decision} {younger} {older}")
            following = next_task(connection, account.id, pair.rank, filters.chosen(now()))
    except NotAllowed as error:
        return _page(page_request, younger, older, filters, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, younger, older, filters, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    if decision not in ("same", "different"):
        return RedirectResponse(filters.of_pair(pair), HTTPStatus.SEE_OTHER)
    return RedirectResponse(target(filters, decided_query(pair), following), HTTPStatus.SEE_OTHER)


def _choices(page_request: PageRequest) -> Choices:
    """Whose values the reviewer wants to stay: the fields `keep:<unit>` of the form."""
    return {
        name.removeprefix(KEEP): "younger" if side == "younger" else "older"
        for name, side in page_request.form.items()
        if name.startswith(KEEP)
    }


def target(filters: Filters, more: str, following: Task | None) -> str:
    """The page behind a decision: the next task; without one the queue, or the sample's page."""
    if following is not None:
        return filters.of_task(following, more)
    if filters.sample is not None:
        return f"/review/bulk/{filters.sample}?{more}"
    return filters.at("/review", more)


def _page(  # noqa: PLR0913 - the pair, where the reviewer is, and what went wrong
    page_request: PageRequest,
    younger: UUID,
    older: UUID,
    filters: Filters,
    error: str | None = None,
    status: int = HTTPStatus.OK,
    *,
    judged: str = "",
) -> Response:
    with page_request.as_account() as (connection, account):
        pair = read_pair(connection, account.id, younger, older)
        decided = decided_before(connection, account, judged)
        together = _together(connection, account, pair, filters)
        following = _following(connection, account, pair, filters, together)
        compared = _compared(connection, account, pair)
        page_request.log(connection, "view", f"pair {younger} {older}")
    return render(
        "reviews/one_pair.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        pair=pair,
        filters=filters,
        reason=REASONS.get(pair.reason, pair.reason.replace("_", " ")),
        states=STATE_LABELS,
        why_labels=WHY_LABELS,
        bars=waterfall(pair.evidence, pair.weight) if pair.weight is not None else [],
        following=target(filters, judged_again(judged, decided), following) if following else None,
        together=together if len(together) > 2 else (),  # noqa: PLR2004 - a pair has two
        decided=decided,
        error=error,
        **compared,
    )


def judged_again(text: str, decided: Decided) -> str:
    """The part of an address that names what was decided last, for the page behind this one."""
    return urlencode({"judged": text}) if decided else ""


def _together(
    connection: Connection, account: Account, pair: Pair, filters: Filters
) -> tuple[UUID, ...]:
    """The patients of the pair's cluster; only the two where it is judged, or is of a sample."""
    if pair.state != "open" or filters.sample is not None:
        return (pair.older.id, pair.younger.id)
    return cluster_of(connection, account.id, pair.younger.id)


def _following(
    connection: Connection,
    account: Account,
    pair: Pair,
    filters: Filters,
    together: tuple[UUID, ...],
) -> Task | None:
    """The task behind an open pair; None if there is no other."""
    if pair.state != "open":
        return None
    chosen = filters.chosen(now())
    return next_task(connection, account.id, pair.rank, chosen, besides=together)


def _compared(connection: Connection, account: Account, pair: Pair) -> dict[str, Any]:
    """The rows of the table, as long as both patients exist; otherwise no rows."""
    if not (pair.younger.is_there and pair.older.is_there):
        return {"rows": [], "first_seen": {}}
    sides = (pair.older.id, pair.younger.id)
    older, younger = (read_record(connection, account.id, each) for each in sides)
    merged = combined(
        asserted_facts(connection, account.id, older),
        asserted_facts(connection, account.id, younger),
    )
    named = (*list_facilities(connection, account), *list_cohorts(connection, account))
    names = {str(each.id): each.name for each in named}
    first_seen = {each.patient_id: each.changes[-1].origin for each in (older, younger)
                  if each.changes}  # fmt: skip
    return {"rows": rows_of(older, younger, merged, names), "first_seen": first_seen}
