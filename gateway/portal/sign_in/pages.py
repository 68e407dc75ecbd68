"""Signing in and out, and a user's own password."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from gateway.passwords import MIN_PASSWORD, hash_password, verify_password
from gateway.portal.context import AtDesk, Desk, Seeing, Visit, address_of, now, visitor
from gateway.portal.rendering import render
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.bans import is_banned, refuse_sign_in
from registry.accounts.portal_sessions import (
    end_session,
    end_sessions_of,
    longest_time,
    open_session,
)
from registry.accounts.portal_users import (
    MAX_NAME_CHARACTERS,
    NAME,
    User,
    find_user,
    set_password_hash,
)
from schemas.errors import NotAllowed

router = APIRouter()

WRONG = "This name and password do not go together."
BANNED = "Too many wrong passwords. Try again in {minutes:.0f} minutes, or ask an administrator."
OVER = "You were signed out after a while without use. Nothing was sent; sign in and try again."


@router.get("/")
def home(visit: Seeing) -> RedirectResponse:
    """Where a user begins."""
    target = "/accounts" if visit.session.account_id is None else "/imports"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


@router.get("/sign-in")
def show_form(
    visit: Annotated[Visit | None, Depends(visitor)], next: str = "/", over: bool = False  # noqa: A002, FBT001, FBT002 - names of the query
) -> Response:  # fmt: skip
    """The form; who is signed in already goes on."""
    if visit is not None:
        return RedirectResponse(_own_path(next), HTTPStatus.SEE_OTHER)
    return render("sign_in.html", next=_own_path(next), name="", error=OVER if over else None)


@router.post("/sign-in")
def sign_in(
    request: Request,
    desk: AtDesk,
    name: Annotated[str, Form(max_length=MAX_NAME_CHARACTERS)] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - its name in the form
) -> Response:
    """Begin a session, or say why not."""
    name, address = name.strip().lower(), address_of(request)
    fault, cookie = _try(desk, name, password, address)
    if cookie is None:
        status = HTTPStatus.TOO_MANY_REQUESTS if fault != WRONG else HTTPStatus.UNAUTHORIZED
        return render("sign_in.html", None, status, next=_own_path(next), name=name, error=fault)
    answer = RedirectResponse(_own_path(next), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        desk.cookie_name,
        cookie,
        max_age=int(longest_time(desk.settings).total_seconds()),
        secure=desk.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
def sign_out(visit: Seeing) -> RedirectResponse:
    """End the session."""
    with visit.desk.pool.connection() as connection:
        end_session(connection, visit.session)
        visit.note(connection, "sign_out")
    answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(visit.desk.cookie_name, secure=visit.desk.is_https, httponly=True)
    return answer


@router.get("/password")
def show_password_form(visit: Seeing) -> Response:
    """The form for a new password."""
    return render("password.html", visit, least=MIN_PASSWORD)


@router.post("/password")
def change_password(visit: Seeing) -> Response:
    """Change one's own password; other sessions of the user end."""
    user, new = visit.session.user, visit.sent.get("new", "")
    try:
        _judge_new_password(visit, new)
        hashed = hash_password(new)
    except NotAllowed as error:
        status = HTTPStatus.CONFLICT
        return render("password.html", visit, status, error=str(error), least=MIN_PASSWORD)
    with visit.desk.pool.connection() as connection, connection.transaction():
        set_password_hash(connection, user, hashed)
        end_sessions_of(connection, user, but=visit.session)
        visit.note(connection, "change", "own password")
    return render("password.html", visit, done="Your password is changed.", least=MIN_PASSWORD)


def _judge_new_password(visit: Visit, new: str) -> None:
    if not verify_password(visit.session.user.password_hash, visit.sent.get("old", "")):
        raise NotAllowed("the present password is not right")
    if new != visit.sent.get("again", ""):
        raise NotAllowed("the new password was not typed the same twice")


def _try(desk: Desk, name: str, password: str, address: str) -> tuple[str | None, str | None]:
    """(why not, cookie): one of the two."""
    settings = desk.settings
    with desk.pool.connection() as connection:
        if is_banned(connection, settings, address=address, user_name=name):
            return BANNED.format(minutes=settings.sftp_ban_minutes), None
        user = find_user(connection, name)
    # Outside a connection: others need it while this one counts.
    is_right = verify_password(user.password_hash if user else None, password)
    with desk.pool.connection() as connection, connection.transaction():
        if user is None or not is_right or user.disabled:
            event = _event(user, name, address, refused=True)
            refuse_sign_in(connection, settings, event)
            return WRONG, None
        record(connection, _event(user, name, address, refused=False))
        return None, open_session(connection, user, now())


def _event(user: User | None, name: str, address: str, *, refused: bool) -> AccessEvent:
    account_id = user.account_id if user else None
    # What is no name may be a password that was typed into the wrong field.
    known = name if NAME.fullmatch(name) else None
    return AccessEvent(
        "sign_in", account_id, user_name=known, address=address, refused=refused, door="portal"
    )


def _own_path(target: str) -> str:
    # Never to another site, whatever a link says.
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_own else "/"
