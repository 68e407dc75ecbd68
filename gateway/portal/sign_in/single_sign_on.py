"""Signing in by way of the provider of single sign-on; only users who were invited."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from psycopg import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.http.addresses import client_address
from gateway.portal.context import InContext, PortalContext, now
from gateway.portal.languages import N_
from gateway.portal.refusals import Refused
from gateway.portal.sign_in.opened_sessions import (
    answer_with_session,
    begin_session,
    own_path,
    sign_in_event,
)
from gateway.single_sign_on import CALLBACK, PATH, Identity, NotProven, ProviderAway, SingleSignOn
from registry.accounts.activity_log import record
from registry.accounts.portal_identities import find_identified_user, link_identity
from registry.accounts.portal_users import User, find_person
from registry.accounts.sign_in_rules import rules_of

router = APIRouter()

NEXT = "next"
AWAY = N_("single sign-on cannot be reached now; try again in a moment")
NOT_PROVEN = N_(
    "the single sign-on was not completed, or took too long; begin again at the sign-in"
)
NOT_INVITED = N_(
    "nobody with this identity may sign in here; ask an administrator of your account to invite "
    "you under the e-mail address that your organisation has verified"
)


@router.get(PATH)
async def begin(request: Request, context: InContext, next: str = "/") -> Response:  # noqa: A002 - in the address
    """Send the browser to the provider."""
    client = _client(context)
    request.session[NEXT] = own_path(next)
    try:
        return await client.begin(request)
    except ProviderAway:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, AWAY) from None


@router.get(CALLBACK)
async def end(request: Request, context: InContext) -> Response:
    """Begin the session of the user whom the provider names."""
    client = _client(context)
    target = str(request.session.pop(NEXT, "/"))
    try:
        identity = await client.end(request)
    except ProviderAway:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, AWAY) from None
    except NotProven:
        raise Refused(HTTPStatus.BAD_REQUEST, NOT_PROVEN) from None
    cookie = await run_in_threadpool(_open_session, context, request, identity)
    return answer_with_session(context, cookie, target)


def _client(context: PortalContext) -> SingleSignOn:
    if context.single_sign_on is None:
        raise Refused(HTTPStatus.NOT_FOUND, "there is no single sign-on here")
    return context.single_sign_on


def _open_session(context: PortalContext, request: Request, identity: Identity) -> str:
    with context.pool.connection() as connection, connection.transaction():
        user = _user_of(context, connection, identity)
        if user is not None:
            return begin_session(
                connection,
                request,
                user,
                "single_sign_on",
                has_second_factor=identity.has_second_factor,
            )
        name, address = identity.email or "", client_address(request)
        known = find_person(connection, name)
        event = sign_in_event(known, name, address, refused=True, detail="single sign-on")
        record(connection, event)
    raise Refused(HTTPStatus.FORBIDDEN, NOT_INVITED)


def _user_of(context: PortalContext, connection: Connection, identity: Identity) -> User | None:
    """The user who may come in as this identity, linked to it if it is the first time."""
    issuer, subject = identity.issuer, identity.subject
    user = find_identified_user(connection, issuer, subject)
    is_new = user is None
    if is_new and identity.email:
        user = find_person(connection, identity.email)
    if user is None or user.disabled:
        return None
    if not rules_of(connection, context.settings, user).allow("single_sign_on"):
        return None
    if is_new and not link_identity(connection, user, issuer, subject, now()):
        return None
    return user
