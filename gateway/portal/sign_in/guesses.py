"""Guesses at the portal: counted and committed before anything is judged."""

from collections.abc import Mapping
from http import HTTPStatus

from psycopg import Connection

from gateway.portal.context import PortalContext
from gateway.portal.languages import N_, gettext
from gateway.portal.refusals import Refused
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import ANY, Kind, Try, begin_try, note_bans
from registry.accounts.portal_users import NAME

BY_LINK = "password by link"
"""How the activity log tells that a user set a password by a link that only they were sent."""

LOCKED: Mapping[Kind, str] = {
    "portal_password": N_("too many wrong passwords; try again in %(minutes)s minutes"),
    "portal_code": N_("too many wrong codes; try again in %(minutes)s minutes"),
    "portal_link": N_("too many wrong requests; try again in %(minutes)s minutes"),
}


def count_guess(context: PortalContext, kind: Kind, name: str, address: str) -> Try:
    """Count a guess, whatever comes of it.

    Text that no user can have as a name counts for the address only.

    Raises:
        Refused: it is one too many and must not be judged.
    """
    settings = context.settings
    user_name = name if NAME.fullmatch(name) else ANY
    with context.pool.connection() as connection:
        guess = begin_try(connection, settings, kind, address=address, user_name=user_name)
        if guess is not None and kind == "portal_link":
            _note_bans_of_link(connection, guess, address)
    if guess is None:
        words = gettext(LOCKED[kind], minutes=f"{settings.sign_in_lock_minutes:.0f}")
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, words)
    return guess


def _note_bans_of_link(connection: Connection, guess: Try, address: str) -> None:
    # Nothing is judged after a request for a link, so nobody else would note it.
    note_bans(connection, guess, AccessEvent("sign_in", address=address, door="portal"))
