"""SFTP users: passwords, public keys, networks, live sessions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.passwords import hash_password, new_password
from gateway.portal.languages import N_, gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import (
    Outcome,
    Read,
    apply_form,
    show_section,
    with_secret,
)
from gateway.sftp.keys import read_public_key
from registry.accounts import sftp_users
from registry.accounts.accounts import Account
from registry.accounts.sftp_address import address_for
from registry.accounts.sftp_sessions import ask_to_end, list_sessions
from registry.accounts.sftp_users import SftpUser
from registry.landing.drop_folder import ensure_folders
from schemas.errors import NotAllowed, NotFound

router = APIRouter(prefix="/admin")


@router.get("/sftp")
def show_sftp_users(page_request: CanManage) -> Response:
    """The SFTP users of the account, the server's address, and who is signed in now."""
    return show_section("sftp", page_request, _read(page_request))


@router.post("/sftp")
def change_sftp_users(page_request: CanManage) -> Response:
    """Change the SFTP users of the account."""
    actions = {
        "add": _add,
        "password": _reset_password,
        "key": _add_key,
        "remove-key": _remove_key,
        "disable": _disable,
        "enable": _enable,
        "networks": _set_networks,
        "end": _end_sessions,
    }
    return apply_form("sftp", page_request, _read(page_request), actions)


def _read(page_request: PageRequest) -> Read:
    settings = page_request.context.settings

    def read(connection: Connection, account: Account) -> Mapping[str, Any]:
        found = sftp_users.list_users(connection, account)
        return {
            "users": [(user, sftp_users.list_keys(connection, user)) for user in found],
            "host": settings.sftp_host_for_customers,
            "port": settings.sftp_port_for_customers,
            "addresses": {user.name: address_for(settings, user.name) for user in found},
            "sessions": list_sessions(connection, account),
        }

    return read


def _add(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    password = new_password()
    user = sftp_users.add_user(connection, account, page_request.form.get("name", "").strip())
    sftp_users.set_password_hash(connection, user, hash_password(password))
    ensure_folders(page_request.context.settings, account)
    return with_secret(
        gettext("%(name)s can sign in over SFTP now.", name=user.name), N_("Password"), password
    )


def _reset_password(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    password = new_password()
    user = _named_user(page_request, connection)
    sftp_users.set_password_hash(connection, user, hash_password(password))
    return with_secret(
        gettext("%(name)s has a new password.", name=user.name), N_("Password"), password
    )


def _add_key(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    text = page_request.form.get("key", "").strip()
    if not text:
        raise NotAllowed("paste a public key")
    key = read_public_key(text)
    sftp_users.add_key(connection, user, key)
    said = gettext("%(name)s can sign in with the key %(key)s now.", name=user.name, key=key.shown)
    return {"done": said}


def _remove_key(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    sftp_users.remove_key(connection, user, page_request.form.get("key", ""))
    return {"done": gettext("%(name)s can no longer sign in with that key.", name=user.name)}


def _disable(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    sftp_users.set_disabled(connection, user, disabled=True)
    return {"done": gettext("%(name)s is disabled and cannot sign in.", name=user.name)}


def _enable(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    sftp_users.set_disabled(connection, user, disabled=False)
    return {"done": gettext("%(name)s is enabled and can sign in again.", name=user.name)}


def _set_networks(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    user = _named_user(page_request, connection)
    written = page_request.form.get("networks", "").replace(",", " ").split()
    sftp_users.set_allowed_networks(connection, user, written)
    if written:
        said = gettext("%(name)s can sign in from the networks that you named.", name=user.name)
    else:
        said = gettext("%(name)s can sign in from anywhere.", name=user.name)
    return {"done": said}


def _end_sessions(page_request: PageRequest, connection: Connection, _: Account) -> Outcome:
    name, session = page_request.form.get("name", ""), page_request.form.get("session", "")
    try:
        session_id = UUID(session)
    except ValueError:
        raise NotAllowed("choose a session") from None
    by = page_request.session.user.name
    if not ask_to_end(connection, by, user_name=name, session_id=session_id):
        raise NotFound(f"{name} has no such session; it has ended already")
    return {"done": gettext("The session of %(name)s ends within seconds.", name=name)}


def _named_user(page_request: PageRequest, connection: Connection) -> SftpUser:
    return sftp_users.get_user(connection, page_request.form.get("name", ""))
