"""What all pages of the settings share: the menu, and a form whose outcome the same page shows.

A section gives a function that reads what its page shows, and one action for each of its forms:

    @router.post("/users")
    def change_users(page_request: CanManage) -> Response:
        return apply_form("users", page_request, _read, {"add": _add, "role": _change_role})
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from psycopg import Connection
from starlette.responses import Response

from gateway.http.errors import status_of
from gateway.portal.languages import N_
from gateway.portal.page_requests import PageRequest
from gateway.portal.rendering import render
from gateway.portal.said_once import forget_said, said_before, say_on
from registry.accounts.accounts import Account
from schemas.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class Section:
    """A page of the settings: its name in the menu, its template, and what is there to do."""

    label: str
    template: str
    about: str


SECTIONS = {
    "users": Section(N_("Users"), "users.html", N_("who signs in here, and what they may do")),
    "keys": Section(N_("API keys"), "api_keys.html", N_("for programs that send files")),
    "sftp": Section(N_("SFTP"), "sftp_users.html", N_("for senders who upload files by SFTP")),
    "webhook": Section(
        N_("Webhook"), "webhook.html", N_("an address that is told when an import ends")
    ),
    "notifications": Section(
        N_("Notifications"), "notifications.html", N_("who is told what became of your files")
    ),
    "lists": Section(N_("Lists"), "lists.html", N_("facilities, cohorts, groups and departments")),
    "columns": Section(
        N_("Columns"), "column_mappings.html", N_("what the columns of your own files mean")
    ),
    "account": Section(N_("Account"), "account.html", N_("how files are checked")),
    "sign-in": Section(
        N_("Sign-in"), "sign_in_rules.html", N_("passwords, second factor, single sign-on")
    ),
    "trail": Section(
        N_("Activity log"), "activity_log.html", N_("who signed in, and what they did")
    ),
}
"""By the last part of the page's address, in the order of the menu."""

Outcome = dict[str, Any]
"""What the page says after an action: `done`, and perhaps a `secret` that is shown only once."""

Action = Callable[[PageRequest, Connection, Account], Outcome]
Read = Callable[[Connection, Account], Mapping[str, Any]]


def show_section(
    section: str,
    page_request: PageRequest,
    read: Read,
    outcome: Mapping[str, Any] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    """The page of a section with its present values."""
    with page_request.as_account() as (connection, account):
        values = read(connection, account)
    said = said_before(page_request) if outcome is None else outcome
    answer = render(
        f"settings/{SECTIONS[section].template}",
        page_request,
        status,
        **{"secret": None, "secret_is": ""} | dict(values) | dict(said),
        account=account,
        zone=account.time_zone,
        section=section,
        sections=SECTIONS,
    )
    return forget_said(page_request, answer)


def apply_form(
    section: str, page_request: PageRequest, read: Read, actions: Mapping[str, Action]
) -> Response:
    """Do what the form asks for, all of it or nothing, and go on to the page with the new values.

    A refusal shows the page at once. The form's field `do` names one of `actions`. The activity log
    keeps what was done.
    """
    wanted, name = page_request.form.get("do", ""), page_request.form.get("name", "")
    if wanted not in actions:
        outcome = {"error": N_("unknown action")}
        return show_section(section, page_request, read, outcome, HTTPStatus.BAD_REQUEST)
    try:
        with page_request.as_account() as (connection, account):
            outcome = actions[wanted](page_request, connection, account)
            page_request.log(connection, "change", f"{section}: {wanted} {name}")
    except (NotAllowed, NotFound) as error:
        return show_section(section, page_request, read, {"error": error.said}, status_of(error))
    return say_on(f"/admin/{section}", page_request, outcome)


def with_secret(done: str, secret_is: str, secret: str) -> Outcome:
    """The outcome of an action that made a password or a key."""
    return {"done": done, "secret_is": secret_is, "secret": secret}


def is_success(answer: Response) -> bool:
    """Whether the form did what it asked for."""
    return answer.status_code < HTTPStatus.BAD_REQUEST
