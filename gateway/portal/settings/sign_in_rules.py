"""What the account asks of its users when they sign in."""

from typing import Any, get_args

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.languages import gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import Outcome, apply_form, show_section
from registry.accounts.accounts import Account
from registry.accounts.sign_in_rules import NEED_SECOND_FACTOR, SINGLE_SIGN_ON, change_rules
from registry.settings.portal import SingleSignOn
from schemas.errors import NotAllowed

router = APIRouter(prefix="/admin")


@router.get("/sign-in")
def show_rules(page_request: CanManage) -> Response:
    """How the account's users sign in."""
    return show_section("sign-in", page_request, _read)


@router.post("/sign-in")
def set_rules(page_request: CanManage) -> Response:
    """Change how the account's users sign in, from their next click on."""
    return apply_form("sign-in", page_request, _read, {"set": _change})


def _read(_: Connection, account: Account) -> dict[str, Any]:
    return {
        "need_second_factor": account.settings.get(NEED_SECOND_FACTOR, False),
        "single_sign_on": account.settings.get(SINGLE_SIGN_ON, "off"),
    }


def _change(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    form = page_request.form
    wanted = None
    if page_request.may("operate"):
        # Only an operator decides which accounts trust the installation's provider.
        wanted = next((e for e in get_args(SingleSignOn) if e == form.get(SINGLE_SIGN_ON)), None)
        if wanted is None:
            raise NotAllowed("choose whether single sign-on is off, allowed or required")
        if wanted != "off" and page_request.context.single_sign_on is None:
            raise NotAllowed(
                "there is no provider of single sign-on here", advice="set ROSTERLINE_OIDC_ISSUER"
            )
    change_rules(
        connection,
        account,
        need_second_factor=NEED_SECOND_FACTOR in form,
        single_sign_on=wanted,
    )
    return {"done": gettext("Saved. It applies from everybody's next click on.")}
