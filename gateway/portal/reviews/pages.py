"""The review queue: pairs that wait, one pair side by side, and what was judged."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import Reviewing, Visit, now
from gateway.portal.error_pages import status_of
from gateway.portal.imports.pages import SOURCES
from gateway.portal.rendering import render
from gateway.portal.reviews.side_by_side import rows_of
from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.decisions.judgements import Reviewer, ask_again, different
from registry.decisions.merge import same
from registry.decisions.review_queue import (
    REASONS,
    Pair,
    Position,
    Which,
    list_pairs,
    next_open,
    read_pair,
)
from registry.decisions.split import split
from registry.decisions.survivorship import combined
from registry.patients.history import read_record
from registry.patients.last_asserted import asserted_facts
from schemas.errors import NotAllowed, NotFound

router = APIRouter(prefix="/review")

PAGE_PAIRS = 25
MAX_TEXT = 200
BUSY = "an import of this account is being written just now; nothing was changed, try again"

Act = Literal["same", "different", "split", "ask-again"]
_ACTS: dict[Act, Callable[[Connection, Reviewer, UUID, UUID], object]] = {
    "same": same,
    "different": different,
    "split": split,
    "ask-again": ask_again,
}
_STATES = {"same": "Merged", "different": "Different people", "moved": "Asked elsewhere"}


@router.get("")
def show_queue(
    visit: Reviewing,
    after: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """Pairs that wait, the oldest first."""
    return _list(visit, "open", after, judged)


@router.get("/judged")
def show_judged(
    visit: Reviewing, after: Annotated[str, Query(max_length=MAX_TEXT)] = ""
) -> Response:
    """Pairs that were judged, the latest first."""
    return _list(visit, "judged", after, "")


@router.get("/{younger}/{older}")
def show_pair(
    visit: Reviewing,
    younger: UUID,
    older: UUID,
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """One pair, side by side; `judged` is the pair that was judged just before."""
    return _pair(visit, younger, older, judged=judged)


@router.post("/{younger}/{older}/{act}")
def judge(visit: Reviewing, younger: UUID, older: UUID, act: Act) -> Response:
    """Judge a pair, and go on to the next one."""
    try:
        with visit.within() as (connection, account):
            before = read_pair(connection, account.id, younger, older)
            reviewer = Reviewer(account.id, visit.session.user.name, now())
            _ACTS[act](connection, reviewer, younger, older)
            visit.note(connection, "review", f"{act} {younger} {older}")
            following = next_open(connection, account.id, before.position)
    except NotAllowed as error:
        return _pair(visit, younger, older, str(error), status_of(error))
    except LockNotAvailable:
        return _pair(visit, younger, older, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    if act in ("split", "ask-again"):
        return RedirectResponse(_path(before), HTTPStatus.SEE_OTHER)
    target = _path(following) if following else "/review"
    return RedirectResponse(f"{target}?judged={younger}_{older}", HTTPStatus.SEE_OTHER)


def _list(visit: Visit, which: Which, after: str, judged: str) -> Response:
    with visit.within() as (connection, account):
        found = list_pairs(connection, account.id, which, PAGE_PAIRS + 1, _position(after))
        last = _judged(connection, account, judged)
    pairs = found[:PAGE_PAIRS]
    return render(
        "reviews.html",
        visit,
        account=account,
        zone=account.time_zone,
        which=which,
        pairs=pairs,
        more=_mark(pairs[-1].position) if len(found) > PAGE_PAIRS else None,
        first=not after,
        last=last,
        reasons=REASONS,
        states=_STATES,
    )


def _pair(
    visit: Visit,
    younger: UUID,
    older: UUID,
    error: str | None = None,
    status: int = HTTPStatus.OK,
    *,
    judged: str = "",
) -> Response:
    with visit.within() as (connection, account):
        pair = read_pair(connection, account.id, younger, older)
        shown = _compared(connection, account, pair)
        following = (
            next_open(connection, account.id, pair.position) if pair.state == "open" else None
        )
        last = _judged(connection, account, judged)
        visit.note(connection, "view", f"pair {younger} {older}")
    has_next = following is not None and following.position != pair.position
    return render(
        "review.html",
        visit,
        status,
        account=account,
        zone=account.time_zone,
        pair=pair,
        reason=REASONS.get(pair.reason, pair.reason.replace("_", " ")),
        states=_STATES,
        sources=SOURCES,
        following=_path(following) if following and has_next else None,
        last=last,
        error=error,
        **shown,
    )


def _compared(connection: Connection, account: Account, pair: Pair) -> dict[str, Any]:
    """The rows of the table, while both are there; else none."""
    if not (pair.younger.is_there and pair.older.is_there):
        return {"rows": [], "first_seen": {}}
    sides = (pair.older.id, pair.younger.id)
    older, younger = (read_record(connection, account.id, each) for each in sides)
    stand = combined(*(asserted_facts(connection, account.id, each) for each in (older, younger)))
    named = (*list_facilities(connection, account), *list_cohorts(connection, account))
    names = {str(each.id): each.name for each in named}
    first_seen = {each.patient_id: each.changes[-1].origin for each in (older, younger)
                  if each.changes}  # fmt: skip
    return {"rows": rows_of(older, younger, stand, names), "first_seen": first_seen}


def _judged(connection: Connection, account: Account, text: str) -> Pair | None:
    """The pair that the reviewer judged just before, as the address of the page names it."""
    try:
        younger, _, older = text.partition("_")
        return read_pair(connection, account.id, UUID(younger), UUID(older)) if text else None
    except (ValueError, NotFound):
        return None


def _path(pair: Pair) -> str:
    return f"/review/{pair.younger.id}/{pair.older.id}"


def _mark(position: Position) -> str:
    at, younger, older = position
    return f"{at.isoformat()}_{younger}_{older}"


def _position(mark: str) -> Position | None:
    if not mark:
        return None
    try:
        at, younger, older = mark.split("_")
        return datetime.fromisoformat(at), UUID(younger), UUID(older)
    except ValueError as error:
        raise NotFound("there is no such page") from error
