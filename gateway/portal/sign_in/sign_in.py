"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from gateway.http.addresses import client_address
from gateway.passwords import verify_password
from gateway.portal.context import InContext, PortalContext, now
from gateway.portal.page_requests import CanSee, IfSignedIn
from gateway.portal.rendering import render
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.bans import is_banned, refuse_sign_in
from registry.accounts.portal_sessions import end_session, longest_time, open_session
from registry.accounts.portal_users import MAX_NAME_CHARACTERS, NAME, User, find_user

router = APIRouter()

WRONG = "The e-mail address or the password is wrong."
BANNED = "Too many wrong passwords. Try again in {minutes:.0f} minutes, or ask an administrator."
OVER = "You were signed out after a time without use. Nothing was sent; sign in and try again."


@router.get("/")
def show_start(page_request: CanSee) -> RedirectResponse:
    """Where a user begins: the imports, or the choice of an account."""
    target = "/accounts" if page_request.session.account_id is None else "/imports"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


@router.get("/sign-in")
def show_form(
    page_request: IfSignedIn, next: str = "/", over: bool = False  # noqa: A002, FBT001, FBT002 - names of the query
) -> Response:  # fmt: skip
    """The form; a user who is signed in already goes on to `next`."""
    if page_request is not None:
        return RedirectResponse(_own_path(next), HTTPStatus.SEE_OTHER)
    return render(
        "sign_in/sign_in.html", next=_own_path(next), name="", error=OVER if over else None
    )


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
    fault, cookie = _open_session(context, name, password, client_address(request))
    if cookie is None:
        status = HTTPStatus.UNAUTHORIZED if fault == WRONG else HTTPStatus.TOO_MANY_REQUESTS
        return render(
            "sign_in/sign_in.html", None, status, next=_own_path(next), name=name, error=fault
        )
    answer = RedirectResponse(_own_path(next), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        context.cookie_name,
        cookie,
        max_age=int(longest_time(context.settings).total_seconds()),
        secure=context.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
def sign_out(page_request: CanSee) -> RedirectResponse:
    """End the session."""
    context = page_request.context
    with context.pool.connection() as connection:
        end_session(connection, page_request.session)
        page_request.log(connection, "sign_out")
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(context.cookie_name, secure=context.is_https, httponly=True)
    return answer


def _open_session(
    context: PortalContext, name: str, password: str, address: str
) -> tuple[str | None, str | None]:
    """(why not, cookie): one of the two is None."""
    settings = context.settings
    with context.pool.connection() as connection:
        if is_banned(connection, settings, address=address, user_name=name):
            return BANNED.format(minutes=settings.sftp_ban_minutes), None
        user = find_user(connection, name)
    # The password is verified without a connection: that takes long, and others need connections.
    is_right = verify_password(user.password_hash if user else None, password)
    with context.pool.connection() as connection, connection.transaction():
        if user is None or not is_right or user.disabled:
            refuse_sign_in(connection, settings, _event(user, name, address, refused=True))
            return WRONG, None
        record(connection, _event(user, name, address, refused=False))
        return None, open_session(connection, user, now())


def _event(user: User | None, name: str, address: str, *, refused: bool) -> AccessEvent:
    # Text that cannot be a name may be a password that was typed into the wrong field.
    known_name = name if NAME.fullmatch(name) else None
    return AccessEvent(
        "sign_in",
        account_id=user.account_id if user else None,
        user_name=known_name,
        address=address,
        refused=refused,
        door="portal",
    )


def _own_path(target: str) -> str:
    """A path of the portal; `/` for the address of another site, which a link may carry."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_own else "/"
