"""Who comes in, and how: users of the portal, API keys, SFTP users and their keys."""

from typing import Any, get_args

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.passwords import hash_password, new_password
from gateway.portal.context import Managing, Visit, now
from gateway.portal.settings.actions import Told, acted, shown
from gateway.sftp.keys import read_public_key
from registry.accounts import api_keys, portal_users, sftp_users
from registry.accounts.accounts import Account
from registry.accounts.api_keys import Scope
from registry.accounts.portal_sessions import end_sessions_of
from registry.landing.drop_folder import ensure_folders
from schemas.errors import NotAllowed

router = APIRouter(prefix="/admin")


@router.get("")
def start(_: Managing) -> RedirectResponse:
    """The first of the sections."""
    return RedirectResponse("/admin/users", 303)


@router.get("/users")
def show_users(visit: Managing) -> Response:
    """Users of the account."""
    return shown("users", visit, _users, {})


@router.post("/users")
def change_users(visit: Managing) -> Response:
    """Add a user, change a role, give a new password, keep out, let in."""
    actions = {
        "add": _add_user,
        "role": _set_role,
        "password": _reset_password,
        "disable": _disable,
        "enable": _enable,
    }
    answer = acted("users", visit, _users, actions)
    if visit.sent.get("do") == "password" and answer.status_code < 400:  # noqa: PLR2004 - a success
        _end_sessions(visit)
    return answer


@router.get("/keys")
def show_keys(visit: Managing) -> Response:
    """API keys of the account."""
    return shown("keys", visit, _keys, {})


@router.post("/keys")
def change_keys(visit: Managing) -> Response:
    """Make or revoke a key."""
    return acted("keys", visit, _keys, {"add": _add_key, "revoke": _revoke_key})


@router.get("/sftp")
def show_sftp(visit: Managing) -> Response:
    """SFTP users of the account."""
    return shown("sftp", visit, _sftp, _host(visit))


@router.post("/sftp")
def change_sftp(visit: Managing) -> Response:
    """Add an SFTP user, a password, a public key; keep out, let in."""
    actions = {
        "add": _add_sftp_user,
        "password": _reset_sftp_password,
        "key": _add_sftp_key,
        "remove-key": _remove_sftp_key,
        "disable": _disable_sftp,
        "enable": _enable_sftp,
    }
    return acted("sftp", visit, lambda *of: _sftp(*of) | _host(visit), actions)


def _users(connection: Connection, account: Account) -> dict[str, Any]:
    return {
        "users": portal_users.list_users(connection, account),
        "roles": portal_users.ACCOUNT_ROLES,
    }


def _add_user(visit: Visit, connection: Connection, account: Account) -> Told:
    password, sent = new_password(), visit.sent
    user = portal_users.add_user(
        connection, account, sent.get("name", ""), sent.get("role", ""), hash_password(password)
    )
    return _secret(f"{user.name} can sign in.", "Password", password)


def _set_role(visit: Visit, connection: Connection, _: Account) -> Told:
    user = portal_users.get_user(connection, visit.sent.get("name", ""))
    portal_users.set_role(connection, user, visit.sent.get("role", ""))
    return {"done": f"{user.name} is {visit.sent['role']} now."}


def _reset_password(visit: Visit, connection: Connection, _: Account) -> Told:
    password = new_password()
    user = portal_users.get_user(connection, visit.sent.get("name", ""))
    portal_users.set_password_hash(connection, user, hash_password(password))
    return _secret(f"{user.name} has a new password.", "Password", password)


def _disable(visit: Visit, connection: Connection, _: Account) -> Told:
    user = portal_users.get_user(connection, visit.sent.get("name", ""))
    portal_users.set_disabled(connection, user, disabled=True)
    return {"done": f"{user.name} is kept out."}


def _enable(visit: Visit, connection: Connection, _: Account) -> Told:
    user = portal_users.get_user(connection, visit.sent.get("name", ""))
    portal_users.set_disabled(connection, user, disabled=False)
    return {"done": f"{user.name} can sign in again."}


def _end_sessions(visit: Visit) -> None:
    # Sessions are outside the walls; that the user is of this account was seen within them.
    with visit.desk.pool.connection() as connection:
        user = portal_users.get_user(connection, visit.sent.get("name", ""))
        end_sessions_of(connection, user, but=visit.session)


def _keys(connection: Connection, account: Account) -> dict[str, Any]:
    return {"keys": api_keys.list_keys(connection, account), "most": api_keys.MAX_ACTIVE_KEYS}


def _add_key(visit: Visit, connection: Connection, account: Account) -> Told:
    scope: Scope = "read" if visit.sent.get("scope") == get_args(Scope)[1] else "full"
    name = visit.sent.get("name", "").strip()
    key, secret = api_keys.add_key(connection, account, name, scope, now())
    return _secret(f"The key {key.name!r} works from now on.", "Key", secret)


def _revoke_key(visit: Visit, connection: Connection, account: Account) -> Told:
    key = api_keys.revoke_key(connection, account, visit.sent.get("name", ""), now())
    return {"done": f"The key {key.name!r} works no more."}


def _sftp(connection: Connection, account: Account) -> dict[str, Any]:
    found = sftp_users.list_users(connection, account)
    return {"users": [(user, sftp_users.list_keys(connection, user)) for user in found]}


def _host(visit: Visit) -> dict[str, Any]:
    settings = visit.desk.settings
    return {"host": settings.sftp_host_for_customers, "port": settings.sftp_port}


def _add_sftp_user(visit: Visit, connection: Connection, account: Account) -> Told:
    password = new_password()
    user = sftp_users.add_user(connection, account, visit.sent.get("name", "").strip())
    sftp_users.set_password_hash(connection, user, hash_password(password))
    ensure_folders(visit.desk.settings, account)
    return _secret(f"{user.name} can sign in over SFTP.", "Password", password)


def _reset_sftp_password(visit: Visit, connection: Connection, _: Account) -> Told:
    password = new_password()
    user = sftp_users.get_user(connection, visit.sent.get("name", ""))
    sftp_users.set_password_hash(connection, user, hash_password(password))
    return _secret(f"{user.name} has a new password.", "Password", password)


def _add_sftp_key(visit: Visit, connection: Connection, _: Account) -> Told:
    user = sftp_users.get_user(connection, visit.sent.get("name", ""))
    text = visit.sent.get("key", "").strip()
    if not text:
        raise NotAllowed("paste a public key")
    key = read_public_key(text)
    sftp_users.add_key(connection, user, key)
    return {"done": f"{key.fingerprint} lets {user.name} in."}


def _remove_sftp_key(visit: Visit, connection: Connection, _: Account) -> Told:
    user = sftp_users.get_user(connection, visit.sent.get("name", ""))
    sftp_users.remove_key(connection, user, visit.sent.get("key", ""))
    return {"done": f"The key lets {user.name} in no more."}


def _disable_sftp(visit: Visit, connection: Connection, _: Account) -> Told:
    user = sftp_users.get_user(connection, visit.sent.get("name", ""))
    sftp_users.set_disabled(connection, user, disabled=True)
    return {"done": f"{user.name} is kept out."}


def _enable_sftp(visit: Visit, connection: Connection, _: Account) -> Told:
    user = sftp_users.get_user(connection, visit.sent.get("name", ""))
    sftp_users.set_disabled(connection, user, disabled=False)
    return {"done": f"{user.name} can sign in again."}


def _secret(done: str, what: str, secret: str) -> Told:
    return {"done": done, "secret_is": what, "secret": secret}
