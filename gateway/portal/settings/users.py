"""Users of the portal: add, change the role, give a new password, disable, enable."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.passwords import hash_password, new_password
from gateway.portal.context import now
from gateway.portal.languages import N_, gettext, translated
from gateway.portal.link_mails import new_link, send_link
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.said_once import say_on
from gateway.portal.settings.section_pages import (
    Outcome,
    Read,
    apply_form,
    is_success,
    show_section,
    with_secret,
)
from registry.accounts import portal_users
from registry.accounts.accounts import Account
from registry.accounts.portal_users import User
from schemas.errors import MailNotSent, NotAllowed

router = APIRouter(prefix="/admin")


@router.get("/users")
def show_users(page_request: CanManage) -> Response:
    """The users of the account."""
    return show_section("users", page_request, _read_for(page_request))


@router.post("/users")
def change_users(page_request: CanManage) -> Response:
    """Change the users of the account."""
    actions = {
        "add": _add,
        "role": _change_role,
        "password": _reset_password,
        "link": _check_link,
        "disable": _disable,
        "enable": _enable,
    }
    answer = apply_form("users", page_request, _read_for(page_request), actions)
    wanted = page_request.form.get("do")
    sends = wanted == "link" or (wanted == "add" and page_request.context.sends_mail)
    return _send_link(page_request) if sends and is_success(answer) else answer


def _read_for(page_request: PageRequest) -> Read:
    def read(connection: Connection, account: Account) -> dict[str, Any]:
        return {
            "users": portal_users.list_users(connection, account),
            "roles": portal_users.ACCOUNT_ROLES,
            "sends_mail": page_request.context.sends_mail,
        }

    return read


def _add(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    password, form = new_password(), page_request.form
    if page_request.context.sends_mail:
        name, role = form.get("name", ""), form.get("role", "")
        portal_users.add_user(connection, account, name, role, None)
        return {}
    user = portal_users.add_user(
        connection,
        account,
        form.get("name", ""),
        form.get("role", ""),
        hash_password(password),
        must_change_password=True,
    )
    said = gettext(
        "%(name)s can sign in now. They choose one of their own when they sign in.", name=user.name
    )
    return with_secret(said, N_("Password"), password)


def _change_role(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    portal_users.set_role(connection, user, page_request.form.get("role", ""))
    role = translated(page_request.form["role"])
    return {"done": gettext("%(name)s has the role %(role)s now.", name=user.name, role=role)}


def _reset_password(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    password = new_password()
    user = _named_user(page_request, connection)
    portal_users.set_password_hash(connection, user, hash_password(password), must_change=True)
    said = gettext(
        "%(name)s has a new password. They choose one of their own when they sign in.",
        name=user.name,
    )
    return with_secret(said, N_("Password"), password)


def _check_link(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    if user.disabled:
        raise NotAllowed(f"{user.name} is disabled; enable them first")
    return {}


def _send_link(page_request: PageRequest) -> Response:
    """Send an invitation, or a link for a new password, and say so on the page.

    The user is looked up within the account; links are outside of its walls.
    """
    context, at = page_request.context, now()
    with page_request.as_account() as (walled, _):
        user = _named_user(page_request, walled)
    with context.pool.connection() as connection, connection.transaction():
        link = new_link(context.settings, connection, user, at)
    try:
        send_link(context.settings, user, link, at)
        said = gettext("A mail with a link is on its way to %(name)s.", name=user.name)
        outcome = {"done": said}
    except MailNotSent as error:
        outcome = {"error": error.said, "secret_is": N_("Link"), "secret": link}
    return say_on("/admin/users", page_request, outcome)


def _disable(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    portal_users.set_disabled(connection, user, disabled=True)
    return {"done": gettext("%(name)s is disabled and cannot sign in.", name=user.name)}


def _enable(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    portal_users.set_disabled(connection, user, disabled=False)
    return {"done": gettext("%(name)s is enabled and can sign in again.", name=user.name)}


def _named_user(page_request: PageRequest, connection: Connection) -> User:
    return portal_users.get_user(connection, page_request.form.get("name", ""))
