"""A reviewer chooses two patients in the list of patients, to compare and perhaps merge them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.page_requests import CanReview
from gateway.portal.patients.patient_search import listed_of, shown_page
from gateway.portal.reviews.one_pair import BUSY
from registry.decisions.asked_pairs import ask
from registry.decisions.judgements import Reviewer
from schemas.errors import NotAllowed, NotFound

router = APIRouter()

CHOICE = "patient"
"""The name of the boxes in the list."""


@router.post("/patients/compare")
def compare(page_request: CanReview) -> Response:
    """Put the two patients who are chosen into the queue, and show them side by side.

    Where it is not two, or they cannot be compared, the list is shown again with the choice.
    """
    listed = listed_of(page_request.form)
    chosen = tuple(dict.fromkeys(page_request.form_lists.get(CHOICE, ())))
    try:
        one, other = _two(chosen)
        with page_request.as_account() as (connection, account):
            reviewer = Reviewer(account.id, page_request.session.user.name, now())
            pair = ask(connection, reviewer, one, other)
            page_request.log(connection, "review", f"ask {one} {other}")
    except NotAllowed as error:
        return shown_page(
            page_request, listed, ticked=chosen, error=error.said, status=status_of(error)
        )
    except LockNotAvailable:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return shown_page(page_request, listed, ticked=chosen, error=BUSY, status=status)
    return RedirectResponse(f"/review/{pair.younger.id}/{pair.older.id}", HTTPStatus.SEE_OTHER)


def _two(chosen: tuple[str, ...]) -> tuple[UUID, UUID]:
    """The two patients.

    Raises:
        NotAllowed: it is another number of them.
        NotFound: one of them is no id.
    """
    match chosen:
        case (one, other):
            try:
                return UUID(one), UUID(other)
            except ValueError as error:
                raise NotFound("there is no such patient") from error
        case ():
            raise NotAllowed("no patient is chosen; choose the two that you want to compare")
        case (_,):
            raise NotAllowed(
                "only one patient is chosen; choose a second one. If it is not in this list, open "
                "the page of the first one and press “The same person as …”"
            )
        case _:
            raise NotAllowed(f"{len(chosen)} patients are chosen; two are compared at a time")
