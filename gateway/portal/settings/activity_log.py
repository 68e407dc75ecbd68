"""The activity log: who signed in by portal and SFTP, and what they did."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.page_requests import CanManage
from gateway.portal.settings.section_pages import show_section
from registry.accounts.accounts import Account
from registry.accounts.activity_log import list_events

router = APIRouter(prefix="/admin")

SHOWN_EVENTS = 100


@router.get("/trail")
def show_activity_log(page_request: CanManage) -> Response:
    """The account's latest events."""
    return show_section("trail", page_request, _read)


def _read(connection: Connection, account: Account) -> dict[str, Any]:
    return {"events": list_events(connection, account_id=account.id, limit=SHOWN_EVENTS)}
