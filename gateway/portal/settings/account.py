"""How the account's files are validated, and which formats it may import."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.languages import gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import Outcome, apply_form, show_section
from registry.accounts.accounts import Account, change_settings
from registry.accounts.hold_rules import FULL_ROSTER, hold_rules_of
from schemas.catalogue import FORMATS
from schemas.errors import NotAllowed

router = APIRouter(prefix="/admin")

MAX_RISK_LEVELS = 100
MAX_RISK_LEVEL_CHARACTERS = 200


@router.get("/account")
def show_account(page_request: CanManage) -> Response:
    """The account and how its files are validated."""
    return show_section("account", page_request, _read)


@router.post("/account")
def change_account(page_request: CanManage) -> Response:
    """Change how files are validated, from the next import on."""
    return apply_form("account", page_request, _read, {"set": _change})


def _read(_: Connection, account: Account) -> dict[str, Any]:
    return {
        "levels": account.settings.get("risk_levels", []),
        "lenient": account.settings.get("lenient", False),
        "full_roster": hold_rules_of(account.settings).full_roster,
        "further_formats": account.settings.get("further_formats", []),
        "formats": FORMATS,
    }


def _change(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    changes: dict[str, Any] = {
        "risk_levels": _risk_levels(page_request.form.get("levels", "")),
        "lenient": "lenient" in page_request.form,
        FULL_ROSTER: FULL_ROSTER in page_request.form,
    }
    if page_request.may("operate"):
        chosen = page_request.form_lists.get("format", ())
        changes["further_formats"] = [name for name in FORMATS if name in chosen]
    change_settings(connection, account, changes)
    return {"done": gettext("Saved. It applies from the next import on.")}


def _risk_levels(text: str) -> list[str]:
    """Lines without repeats: `High`, an empty line, ` Low ` and `High` → `["High", "Low"]`."""
    lines = (line.strip() for line in text.splitlines())
    levels = list(dict.fromkeys(line for line in lines if line))
    longest = max(map(len, levels), default=0)
    if len(levels) > MAX_RISK_LEVELS or longest > MAX_RISK_LEVEL_CHARACTERS:
        raise NotAllowed(
            f"at most {MAX_RISK_LEVELS} risk levels of at most {MAX_RISK_LEVEL_CHARACTERS} letters"
        )
    return levels
