"""What all pages of settings share: an action, its outcome told on the same page."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from psycopg import Connection
from starlette.responses import Response

from gateway.portal.context import Visit
from gateway.portal.error_pages import status_of
from gateway.portal.rendering import render
from registry.accounts.accounts import Account
from schemas.errors import NotAllowed, NotFound

SECTIONS = {
    "users": "Users",
    "keys": "API keys",
    "sftp": "SFTP",
    "webhook": "Webhook",
    "lists": "Lists",
    "account": "Account",
    "trail": "Trail",
}

Told = dict[str, Any]
"""What a page says of an action: `done`, and perhaps a `secret` that is shown this once."""

Action = Callable[[Visit, Connection, Account], Told]
Read = Callable[[Connection, Account], Mapping[str, Any]]


def shown(
    section: str, visit: Visit, read: Read, told: Mapping[str, Any], status: int = HTTPStatus.OK
) -> Response:
    """The page of a section as things are now."""
    with visit.within() as (connection, account):
        values = read(connection, account)
    return render(
        f"admin_{section}.html",
        visit,
        status,
        **{"secret": None, "secret_is": ""} | dict(values) | dict(told),
        account=account,
        zone=account.time_zone,
        section=section,
        sections=SECTIONS,
    )


def acted(section: str, visit: Visit, read: Read, actions: Mapping[str, Action]) -> Response:
    """Do what the form asks for, all of it or nothing, and show what is now.

    The form's `do` is one of `actions`. What is done is kept in the trail.
    """
    wanted = visit.sent.get("do", "")
    if wanted not in actions:
        return shown(section, visit, read, {"error": "unknown action"}, HTTPStatus.BAD_REQUEST)
    try:
        with visit.within() as (connection, account):
            told = actions[wanted](visit, connection, account)
            visit.note(connection, "change", f"{section}: {wanted} {visit.sent.get('name', '')}")
    except (NotAllowed, NotFound) as error:
        return shown(section, visit, read, {"error": str(error)}, status_of(error))
    return shown(section, visit, read, told)
