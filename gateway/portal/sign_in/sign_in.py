"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.http.addresses import client_address
from gateway.passwords import verify_password
from gateway.portal.context import InContext, PortalContext
from gateway.portal.languages import N_
from gateway.portal.page_requests import CanLeave, CanSee, IfSignedIn
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
from registry.accounts.portal_users import MAX_NAME_CHARACTERS, User, find_person, read_passwords
from registry.accounts.sign_in_rules import rules_of

router = APIRouter()

WRONG = N_("The e-mail address or the password is wrong.")
SET = N_("Your password is set. Sign in with it.")
OVER = N_("You were signed out after a time without use. Nothing was sent; sign in and try again.")


@router.get("/")
def show_start(page_request: CanSee) -> RedirectResponse:
    """Where a user begins: the desk, or the choice of an account."""
    target = "/accounts" if page_request.session.account_id is None else "/desk"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


@router.get("/sign-in")
def show_form(
    context: InContext, page_request: IfSignedIn,
    next: str = "/", over: bool = False, set: bool = False  # noqa: A002, FBT001, FBT002 - names of the query
) -> Response:  # fmt: skip
    """The form; a user who is signed in already goes on to `next`."""
    if page_request is not None:
        return RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    said = {"error": OVER if over else None, "done": SET if set else None}
    return _form(context, HTTPStatus.OK, next=next, name="", **said)


@router.post("/sign-in")
def sign_in(
    request: Request,
    context: InContext,
    name: Annotated[str, Form(max_length=MAX_NAME_CHARACTERS)] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - its name in the form
) -> Response:
    """Begin a session, or say why not."""
    name = name.strip().lower()
    try:
        cookie = _open_session(context, request, name, password)
    except Refused as refused:
        return _form(context, refused.status, next=next, name=name, error=refused.said)
    return answer_with_session(context, cookie, next)


@router.post("/sign-out")
def sign_out(page_request: CanLeave) -> RedirectResponse:
    """End the session."""
    context = page_request.context
    with context.pool.connection() as connection:
        end_session(connection, page_request.session)
        page_request.log(connection, "sign_out")
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(context.cookie_name, secure=context.is_https, httponly=True)
    return answer


def _open_session(context: PortalContext, request: Request, name: str, password: str) -> str:
    """The cookie of the session.

    Raises:
        Refused: name or password is wrong, or must not be judged now.
    """
    address = client_address(request)
    guess = count_guess(context, "portal_password", name, address)
    with context.pool.connection() as connection:
        user = find_person(connection, name)
        known = read_passwords(connection, name)  # the same work for a name that nobody has
    # The password is verified without a connection: that takes long, and others need connections.
    is_right = verify_password(known.present, password)
    with context.pool.connection() as connection, connection.transaction():
        if user is not None and is_right and _may_sign_in(context, connection, user):
            note_success(connection, guess)
            return begin_session(connection, request, user, "password")
        note_failure(connection, guess, sign_in_event(user, name, address, refused=True))
    raise Refused(HTTPStatus.UNAUTHORIZED, WRONG)


def _may_sign_in(context: PortalContext, connection: Connection, user: User) -> bool:
    # The refusal has the words for a wrong password: other words would tell who has an account.
    rules = rules_of(connection, context.settings, user)
    return not user.disabled and rules.allow("password")


def _form(context: PortalContext, status: int, **values: str | None) -> Response:
    values["next"] = own_path(values["next"] or "/")
    return render(
        "sign_in/sign_in.html",
        None,
        status,
        sends_mail=context.sends_mail,
        provider=context.settings.oidc_name if context.single_sign_on else None,
        **values,
    )
