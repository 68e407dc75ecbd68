"""Users of the portal: add, change the role, give a new password, disable, enable."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.passwords import hash_password, new_password
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import (
    Outcome,
    apply_form,
    is_success,
    show_section,
    with_secret,
)
from registry.accounts import portal_users
from registry.accounts.accounts import Account
from registry.accounts.portal_sessions import end_sessions_of
from registry.accounts.portal_users import User

router = APIRouter(prefix="/admin")


@router.get("")
def show_first_section(_: CanManage) -> RedirectResponse:
    """The settings begin with the users."""
    return RedirectResponse("/admin/users", 303)


@router.get("/users")
def show_users(page_request: CanManage) -> Response:
    """The users of the account."""
    return show_section("users", page_request, _read)


@router.post("/users")
def change_users(page_request: CanManage) -> Response:
    """Change the users of the account."""
    actions = {
        "add": _add,
        "role": _change_role,
        "password": _reset_password,
        "disable": _disable,
        "enable": _enable,
    }
    answer = apply_form("users", page_request, _read, actions)
    if page_request.form.get("do") == "password" and is_success(answer):
        _end_sessions(page_request)
    return answer


def _read(connection: Connection, account: Account) -> dict[str, Any]:
    return {
        "users": portal_users.list_users(connection, account),
        "roles": portal_users.ACCOUNT_ROLES,
    }


def _add(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    password, form = new_password(), page_request.form
    user = portal_users.add_user(
        connection, account, form.get("name", ""), form.get("role", ""), hash_password(password)
    )
    return with_secret(f"{user.name} can sign in now.", "Password", password)


def _change_role(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    portal_users.set_role(connection, user, page_request.form.get("role", ""))
    return {"done": f"{user.name} has the role {page_request.form['role']} now."}


def _reset_password(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    password = new_password()
    user = _named_user(page_request, connection)
    portal_users.set_password_hash(connection, user, hash_password(password))
    return with_secret(f"{user.name} has a new password.", "Password", password)


def _disable(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    portal_users.set_disabled(connection, user, disabled=True)
    return {"done": f"{user.name} is disabled and cannot sign in."}


def _enable(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    portal_users.set_disabled(connection, user, disabled=False)
    return {"done": f"{user.name} is enabled and can sign in again."}


def _named_user(page_request: PageRequest, connection: Connection) -> User:
    return portal_users.get_user(connection, page_request.form.get("name", ""))


def _end_sessions(page_request: PageRequest) -> None:
    # Row-level security policies do not cover sessions. That the user belongs to this account was
    # checked when the password was changed, under those policies.
    with page_request.context.pool.connection() as connection:
        user = _named_user(page_request, connection)
        end_sessions_of(connection, user, but=page_request.session)
