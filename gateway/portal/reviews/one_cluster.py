"""Several records that may be one person: side by side, and decided about at once."""

from collections.abc import Sequence
from datetime import datetime
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
    WHY_LABELS,
    decided_before,
    decided_cluster_query,
    moment_of,
)
from gateway.portal.reviews.filters import Filtered, Filters
from gateway.portal.reviews.one_pair import BUSY, judged_again, target
from gateway.portal.reviews.side_by_side import rows_of_many
from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.decisions.clusters import all_different, cluster_of, judge_cluster, next_task
from registry.decisions.judgements import Reviewer
from registry.decisions.review_queue import Pair, account_of_pair, pairs_among
from registry.decisions.take_back import take_back_cluster
from registry.patients.history import read_record
from schemas.errors import NotAllowed

router = APIRouter(prefix="/review/cluster")

Decision = Literal["same", "different"]
MOST_SHOWN = 9
"""So many records stand side by side, the oldest ones; each has a digit as its key."""


@router.get("/{patient}")
def show_cluster(
    page_request: CanReview,
    patient: UUID,
    filters: Filtered,
    judged: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """The records that open pairs connect with a patient; of two, the page of the pair."""
    return _page(page_request, patient, filters, judged=judged)


@router.post("/{patient}/undo")
def undo(page_request: CanReview, patient: UUID, filters: Filtered) -> Response:
    """Take the decision of a moment back, and ask about these records again."""
    try:
        with page_request.as_account() as (connection, account):
            reviewer = _reviewer(page_request, account)
            pairs = take_back_cluster(connection, reviewer, patient, _moment(page_request))
            page_request.log(connection, "review", f"undo of {len(pairs)} pairs of {patient}")
    except NotAllowed as error:
        return _page(page_request, patient, filters, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, patient, filters, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    return RedirectResponse(filters.at(f"/review/cluster/{pairs[0][0]}"), HTTPStatus.SEE_OTHER)


@router.post("/{patient}/{decision}")
def decide(
    page_request: CanReview, patient: UUID, decision: Decision, filters: Filtered
) -> Response:
    """Merge the marked records, or keep all of them apart, and go on to the next task."""
    try:
        with page_request.as_account() as (connection, account):
            reviewer = _reviewer(page_request, account)
            first = _first_open(connection, account, cluster_of(connection, account.id, patient))
            decided, said = _act(connection, reviewer, page_request, decision)
            page_request.log(connection, "review", said)
            chosen = filters.chosen(now())
            rank = first.rank if first else (float("-inf"), patient, patient)
            following = next_task(connection, account.id, rank, chosen)
    except NotAllowed as error:
        return _page(page_request, patient, filters, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, patient, filters, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    more = decided_cluster_query(decided, reviewer.at)
    return RedirectResponse(target(filters, more, following), HTTPStatus.SEE_OTHER)


def _act(
    connection: Connection, reviewer: Reviewer, page_request: PageRequest, decision: str
) -> tuple[UUID, str]:
    """Do what the form says: a patient whom it was about, and what the activity log keeps."""
    shown = _ids(page_request, "shown")
    if decision == "different":
        pairs = all_different(connection, reviewer, shown, page_request.form.get("why") or None)
        return pairs[0].younger.id, f"different {' '.join(map(str, shown))}"
    marked = _ids(page_request, "record")
    others = [each for each in shown if each not in marked]
    are_others = bool(page_request.form.get("others"))
    judge_cluster(connection, reviewer, marked, others if are_others else ())
    said = f"same {' '.join(map(str, marked))}"
    if others and are_others:
        said += f"; different {' '.join(map(str, others))}"
    return min(marked), said


def _page(
    page_request: PageRequest,
    patient: UUID,
    filters: Filters,
    error: str | None = None,
    status: int = HTTPStatus.OK,
    *,
    judged: str = "",
) -> Response:
    with page_request.as_account() as (connection, account):
        patients = cluster_of(connection, account.id, patient)
        pairs = pairs_among(connection, account.id, patients[:MOST_SHOWN])
        first = _first_open(connection, account, patients)
        if first is None:
            account_of_pair(connection, patient)  # there is no page of a patient in no pair
        if first is None and error is None:
            return RedirectResponse(filters.at("/review"), HTTPStatus.SEE_OTHER)
        if first is not None and len(patients) == 2:  # noqa: PLR2004 - a pair
            return RedirectResponse(filters.of_pair(first), HTTPStatus.SEE_OTHER)
        decided = decided_before(connection, account, judged)
        chosen = filters.chosen(now())
        following = first and next_task(connection, account.id, first.rank, chosen, patients)
        records = _records(connection, account, patients[:MOST_SHOWN]) if first else {}
        page_request.log(connection, "view", f"cluster of {patient}")
    return render(
        "reviews/one_cluster.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        patient=patient,
        patients=patients,
        pairs=pairs,
        numbers={each: number for number, each in enumerate(patients, 1)},
        filters=filters,
        why_labels=WHY_LABELS,
        following=target(filters, judged_again(judged, decided), following) if following else None,
        decided=decided,
        error=error,
        **{"records": [], "rows": [], "first_seen": {}} | records,
    )


def _first_open(connection: Connection, account: Account, patients: Sequence[UUID]) -> Pair | None:
    found = pairs_among(connection, account.id, patients)
    return next((pair for pair in found if pair.state == "open"), None)


def _records(connection: Connection, account: Account, patients: Sequence[UUID]) -> dict[str, Any]:
    records = [read_record(connection, account.id, each) for each in patients]
    named = (*list_facilities(connection, account), *list_cohorts(connection, account))
    return {
        "records": records,
        "rows": rows_of_many(records, {str(each.id): each.name for each in named}),
        "first_seen": {
            each.patient_id: each.changes[-1].origin for each in records if each.changes
        },
    }


def _ids(page_request: PageRequest, name: str) -> list[UUID]:
    """The patients that the form names.

    Raises:
        NotAllowed: one of them is no id.
    """
    try:
        return [UUID(each) for each in page_request.form_lists.get(name, ())]
    except ValueError as error:
        raise NotAllowed("the form names a patient that there cannot be") from error


def _moment(page_request: PageRequest) -> datetime | None:
    return moment_of(page_request.form.get("at", ""))


def _reviewer(page_request: PageRequest, account: Account) -> Reviewer:
    return Reviewer(account.id, page_request.session.user.name, now())
