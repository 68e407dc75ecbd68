"""Users change their own password; who signs in with one that somebody else knows, has to."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.passwords import (
    MIN_PASSWORD,
    hash_password,
    require_new,
    require_strong,
    verify_password,
)
from gateway.portal.languages import N_, gettext
from gateway.portal.page_requests import CanChangeOwnPassword, PageRequest
from gateway.portal.refusals import Refused
from gateway.portal.rendering import render
from gateway.portal.sign_in.guesses import count_guess
from gateway.portal.sign_in.opened_sessions import own_path
from registry.accounts.accounts import account_by_id
from registry.accounts.bans import note_failure, note_success
from registry.accounts.portal_sessions import end_sessions_of, keep_session
from registry.accounts.portal_users import Passwords, User, read_passwords, set_password_hash
from schemas.errors import NotAllowed

WRONG_CURRENT = N_("the current password is wrong")

router = APIRouter()


@router.get("/password")
def show_password_form(page_request: CanChangeOwnPassword, next: str = "/") -> Response:  # noqa: A002 - in the address
    """The form for a new password."""
    return _page(page_request, next=next)


@router.post("/password")
def change_password(page_request: CanChangeOwnPassword) -> Response:
    """Change the user's own password and end the user's other sessions."""
    user, form, session = page_request.session.user, page_request.form, page_request.session
    try:
        if session.step != "password":  # else it was given a moment ago
            require_current_password(page_request)
        with page_request.context.pool.connection() as connection:
            words, known = words_of(connection, user), read_passwords(connection, user.name)
        hashed = hash_chosen(known, form.get("new", ""), form.get("again", ""), words)
    except (NotAllowed, Refused) as error:
        status = error.status if isinstance(error, Refused) else HTTPStatus.CONFLICT
        return _page(page_request, status, error=error.said, next=form.get("next", "/"))
    with page_request.context.pool.connection() as connection, connection.transaction():
        set_password_hash(connection, user, hashed)
        end_sessions_of(connection, user, but=session)
        keep_session(connection, session)
        page_request.log(connection, "change", "own password")
    if session.step == "password":
        return RedirectResponse(own_path(form.get("next", "/")), HTTPStatus.SEE_OTHER)
    return _page(page_request, done=gettext("Your password is changed."))


def hash_chosen(known: Passwords, new: str, again: str, known_words: list[str]) -> str:
    """The hash of a password that a user chose who has, or had, the known ones.

    Raises:
        NotAllowed: it is too short, too weak, was used before, or was typed in two ways.
    """
    if new != again:
        raise NotAllowed("the two entries of the new password differ")
    hashed = hash_password(new)
    require_strong(new, known_words)
    require_new(new, [each for each in (known.present, *known.past) if each])
    return hashed


def words_of(connection: Connection, user: User) -> list[str]:
    """Words that anybody knows who guesses at this user's password."""
    account = account_by_id(connection, user.account_id).name if user.account_id else ""
    return [user.name, account]


def require_current_password(page_request: PageRequest) -> None:
    """Check the form's field `old`, which somebody at an unlocked screen may guess at.

    Raises:
        NotAllowed: it is not the user's password.
        Refused: there were too many guesses.
    """
    user, context = page_request.session.user, page_request.context
    guess = count_guess(context, "portal_password", user.name, page_request.address)
    with context.pool.connection() as connection:
        known = read_passwords(connection, user.name)
    is_right = verify_password(known.present, page_request.form.get("old", ""))
    with context.pool.connection() as connection, connection.transaction():
        if is_right:
            note_success(connection, guess)
        else:
            event = page_request.event("sign_in", WRONG_CURRENT)
            note_failure(connection, guess, replace(event, refused=True))
    if not is_right:
        raise NotAllowed(WRONG_CURRENT)


def _page(page_request: PageRequest, status: int = HTTPStatus.OK, **said: Any) -> Response:  # noqa: ANN401 - as render
    values = {"next": "/", "least": MIN_PASSWORD} | said
    return render("sign_in/own_password.html", page_request, status, **values)
