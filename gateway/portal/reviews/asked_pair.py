"""A reviewer says that two patients of their choice may be one: from the page of one of them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.patients.list_filters import MAX_TEXT
from gateway.portal.patients.patient_search import SHOWN
from gateway.portal.rendering import render
from gateway.portal.reviews.one_pair import BUSY
from registry.accounts.accounts import Account
from registry.decisions.asked_pairs import ask
from registry.decisions.judgements import Reviewer
from registry.decisions.patient_summaries import PatientSummary, read_summaries
from registry.patients.search import search_patients
from schemas.errors import NotAllowed, NotFound

router = APIRouter(prefix="/patients/{patient}/same-as")


@router.get("")
def show_namesakes(page_request: CanReview, patient: UUID) -> Response:
    """The search for the other one; it begins with who was born when this one was."""
    return _page(page_request, patient)


# A POST, so that the searched text is in no address (gateway/portal/patients/patient_search.py).
@router.post("")
def search(page_request: CanReview, patient: UUID) -> Response:
    """Who matches a text."""
    return _page(page_request, patient, page_request.form.get("text", "")[:MAX_TEXT].strip())


@router.post("/{other}")
def ask_about(page_request: CanReview, patient: UUID, other: UUID) -> Response:
    """Put the two into the queue, and show them side by side."""
    try:
        with page_request.as_account() as (connection, account):
            reviewer = Reviewer(account.id, page_request.session.user.name, now())
            pair = ask(connection, reviewer, patient, other)
            page_request.log(connection, "review", f"ask {patient} {other}")
    except NotAllowed as error:
        return _page(page_request, patient, None, error.said, status_of(error))
    except LockNotAvailable:
        return _page(page_request, patient, None, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
    return RedirectResponse(f"/review/{pair.younger.id}/{pair.older.id}", HTTPStatus.SEE_OTHER)


def _page(
    page_request: PageRequest,
    patient: UUID,
    text: str | None = None,
    error: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    with page_request.as_account() as (connection, account):
        side = _side(connection, account, patient)
        wanted = _first_search(side) if text is None else text
        found = search_patients(connection, account.id, wanted, SHOWN + 2) if wanted else []
        page_request.log(connection, "view", f"patient {patient}")
    others = [each for each in found if each.id != patient]
    return render(
        "reviews/asked_pair.html",
        page_request,
        status,
        account=account,
        side=side,
        text=wanted,
        others=others[:SHOWN],
        has_more=len(others) > SHOWN,
        error=error,
    )


def _first_search(side: PatientSummary) -> str:
    """The birth date; of a year alone, with the beginning of the last name."""
    is_date = len(side.birth) > len("1980")
    return side.birth if is_date else f"{side.last_name[:3]} {side.birth}".strip()


def _side(connection: Connection, account: Account, patient: UUID) -> PatientSummary:
    """The patient from whose page the reviewer comes.

    Raises:
        NotFound: the account has no such patient now.
    """
    there = connection.execute(
        "SELECT FROM patient WHERE account_id = %s AND id = %s", (account.id, patient)
    ).fetchone()
    if there is None:
        raise NotFound("there is no such patient")
    return read_summaries(connection, [patient])[patient]
