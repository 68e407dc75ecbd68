"""API keys: make one, revoke one."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.languages import N_, gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import Outcome, apply_form, show_section, with_secret
from registry.accounts import api_keys
from registry.accounts.accounts import Account
from registry.accounts.api_keys import Scope

router = APIRouter(prefix="/admin")


@router.get("/keys")
def show_keys(page_request: CanManage) -> Response:
    """The API keys of the account."""
    return show_section("keys", page_request, _read)


@router.post("/keys")
def change_keys(page_request: CanManage) -> Response:
    """Make or revoke an API key."""
    return apply_form("keys", page_request, _read, {"add": _add, "revoke": _revoke})


def _read(connection: Connection, account: Account) -> dict[str, Any]:
    return {"keys": api_keys.list_keys(connection, account), "most": api_keys.MAX_ACTIVE_KEYS}


def _add(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    scope: Scope = "read" if page_request.form.get("scope") == "read" else "full"
    name = page_request.form.get("name", "").strip()
    key, secret = api_keys.add_key(connection, account, name, scope, now())
    return with_secret(
        gettext("The key '%(name)s' works from now on.", name=key.name), N_("API key"), secret
    )


def _revoke(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    name = page_request.form.get("name", "")
    key = api_keys.revoke_key(connection, account, name, now())
    return {"done": gettext("The key '%(name)s' no longer works.", name=key.name)}
