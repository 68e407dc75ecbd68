"""Links for forgotten passwords are asked for, and passwords are set by links."""

import logging
from contextvars import copy_context
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from gateway.http.addresses import client_address
from gateway.passwords import MIN_PASSWORD
from gateway.portal.context import InContext, PortalContext, now
from gateway.portal.languages import N_
from gateway.portal.link_mails import PATH, new_link, send_link
from gateway.portal.refusals import Refused
from gateway.portal.rendering import render
from gateway.portal.sign_in.guesses import BY_LINK, count_guess
from gateway.portal.sign_in.own_password import hash_chosen, words_of
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.bans import note_known
from registry.accounts.portal_links import find_linked_user, use_link
from registry.accounts.portal_users import (
    MAX_NAME_CHARACTERS,
    User,
    find_person,
    read_passwords,
    set_password_hash,
)
from registry.accounts.sign_in_rules import rules_of
from schemas.errors import MailNotSent, NotAllowed

logger = logging.getLogger(__name__)

router = APIRouter()

OVER = N_("this link was used, has expired, or was replaced; ask for a new one")
SENT = N_("If there is a user with this address, a mail with a link is on its way.")


@router.get("/forgot-password")
def show_forgotten(context: InContext) -> Response:
    """The form for a link."""
    return render("sign_in/forgot_password.html", sends_mail=context.sends_mail)


@router.post("/forgot-password")
def send_forgotten(
    request: Request,
    context: InContext,
    name: Annotated[str, Form(max_length=MAX_NAME_CHARACTERS)] = "",
) -> Response:
    """Send a link, if there is such a user; the answer and its time are the same if not."""
    name = name.strip().lower()
    if context.sends_mail:
        try:
            count_guess(context, "portal_link", name, client_address(request))
        except Refused:
            pass  # a user who was sent that many links needs no further one, and nobody is told
        else:
            # The mail is in the language of the page.
            context.later.submit(copy_context().run, _send, context, name)
    return render("sign_in/forgot_password.html", sends_mail=context.sends_mail, done=SENT)


@router.get(f"{PATH}/{{token}}")
def show_form(context: InContext, token: str) -> Response:
    """The form for a password. Programs that look into mails open links too, so it uses none up."""
    return _page(token, _linked_user(context, token))


@router.post(f"{PATH}/{{token}}")
def set_password(
    request: Request,
    context: InContext,
    token: str,
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Set the password; the user signs in with it then, and gives a code if they have to."""
    user = _linked_user(context, token)
    try:
        with context.pool.connection() as connection:
            words, known = words_of(connection, user), read_passwords(connection, user.name)
        hashed = hash_chosen(known, new, again, words)
    except NotAllowed as error:
        return _page(token, user, HTTPStatus.CONFLICT, error=error.said)
    with context.pool.connection() as connection, connection.transaction():
        if not use_link(connection, token):
            raise Refused(HTTPStatus.GONE, OVER)
        set_password_hash(connection, user, hashed)
        # Who forgot a password guessed at it first, and shall not wait for the lock to end.
        address = client_address(request)
        note_known(connection, "portal_password", address=address, user_name=user.name)
        record(
            connection,
            AccessEvent(
                "change",
                account_id=user.account_id,
                user_name=user.name,
                address=address,
                detail=BY_LINK,
                door="portal",
            ),
        )
    return RedirectResponse("/sign-in?set=1", HTTPStatus.SEE_OTHER)


def _linked_user(context: PortalContext, token: str) -> User:
    with context.pool.connection() as connection:
        user = find_linked_user(connection, token, now())
        if user is None or not rules_of(connection, context.settings, user).allow("password"):
            raise Refused(HTTPStatus.GONE, OVER)
    return user


def _send(context: PortalContext, name: str) -> None:
    try:
        with context.pool.connection() as connection, connection.transaction():
            user = find_person(connection, name)
            if user is None or user.disabled:
                return
            link = new_link(context.settings, connection, user, now())
        send_link(context.settings, user, link, now())
    except MailNotSent as error:
        logger.warning("a link for a forgotten password was not sent: %s", error)
    except Exception as error:  # noqa: BLE001 - nobody waits for it, and its text may name a user
        logger.warning("a link for a forgotten password was not sent: %s", type(error).__name__)


def _page(token: str, user: User, status: int = HTTPStatus.OK, **said: str) -> Response:
    return render(
        "sign_in/set_password.html",
        None,
        status,
        action=f"{PATH}/{token}",
        user=user,
        least=MIN_PASSWORD,
        **said,
    )
