"""The second step of signing in: a code of the second factor."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import now
from gateway.portal.languages import N_
from gateway.portal.page_requests import CanGiveCode, PageRequest
from gateway.portal.refusals import Refused
from gateway.portal.rendering import render
from gateway.portal.sign_in.guesses import count_guess
from gateway.portal.sign_in.opened_sessions import (
    answer_with_session,
    begin_session,
    own_path,
    sign_in_event,
)
from registry.accounts.bans import note_failure, note_success
from registry.accounts.portal_sessions import end_session
from schemas.errors import NotAllowed

router = APIRouter()

WRONG = N_("This code is wrong, or was used before. Wait for the next one.")


@router.get("/sign-in/code")
def show_code_form(page_request: CanGiveCode, next: str = "/") -> Response:  # noqa: A002 - in the address
    """The form for a code."""
    return _page(page_request, next=next)


@router.post("/sign-in/code")
def give_code(request: Request, page_request: CanGiveCode) -> Response:
    """Judge a code; a right one begins a new session, with another cookie."""
    context, session, form = page_request.context, page_request.session, page_request.form
    if session.step != "code":
        return RedirectResponse(own_path(form.get("next", "/")), HTTPStatus.SEE_OTHER)
    try:
        use_code(page_request)
    except (NotAllowed, Refused) as error:
        status = error.status if isinstance(error, Refused) else HTTPStatus.CONFLICT
        return _page(page_request, status, error=error.said, next=form.get("next", "/"))
    with context.pool.connection() as connection, connection.transaction():
        end_session(connection, session)
        cookie = begin_session(
            connection, request, session.user, session.how.method, has_second_factor=True
        )
    return answer_with_session(context, cookie, form.get("next", "/"))


def use_code(page_request: PageRequest) -> None:
    """Use the code in the form's field `code` up.

    Raises:
        Refused: it is wrong, or one too many.
        NotAllowed: there is no second factor that could be read.
    """
    context, user = page_request.context, page_request.session.user
    guess = count_guess(context, "portal_code", user.name, page_request.address)
    with context.pool.connection() as connection, connection.transaction():
        code = page_request.form.get("code", "")
        is_right = context.second_factors.use_code(connection, user, code, now())
        if is_right:
            note_success(connection, guess)
        else:
            address = page_request.address
            event = sign_in_event(user, user.name, address, refused=True, detail="wrong code")
            note_failure(connection, guess, event)
    if not is_right:
        raise Refused(HTTPStatus.UNAUTHORIZED, WRONG)


def _page(page_request: PageRequest, status: int = HTTPStatus.OK, **said: Any) -> Response:  # noqa: ANN401 - as render
    return render("sign_in/give_code.html", page_request, status, **said)
