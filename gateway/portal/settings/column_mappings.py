"""The account's column mappings: which is in use, and those before it."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.languages import gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import Outcome, apply_form, show_section
from registry.accounts import column_mappings
from registry.accounts.accounts import Account
from schemas.catalogue import FORMATS, get_format
from schemas.errors import NotFound

router = APIRouter(prefix="/admin")


@router.get("/columns")
def show_mappings(page_request: CanManage) -> Response:
    """All versions, by format."""
    return show_section("columns", page_request, _read)


@router.post("/columns")
def change_mappings(page_request: CanManage) -> Response:
    """Stop using a mapping, or use an earlier version again."""
    return apply_form("columns", page_request, _read, {"stop": _stop, "use": _use})


def _read(connection: Connection, account: Account) -> dict[str, Any]:
    return {"mappings": column_mappings.list_mappings(connection, account), "formats": FORMATS}


def _stop(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    name = page_request.form.get("name", "")
    user = page_request.session.user.name
    column_mappings.stop_using(connection, account, name, user_name=user, now=now())
    return {
        "done": gettext("The mapping is no longer used. Imports that were read under it keep it.")
    }


def _use(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    file_format = get_format(page_request.form.get("name", ""))
    version = page_request.form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 9):  # noqa: PLR2004 - an int4
        raise NotFound("there is no such version")
    saved = column_mappings.use_again(
        connection,
        account,
        file_format,
        int(version),
        user_name=page_request.session.user.name,
        now=now(),
    )
    said = gettext(
        "Files are read under these columns again, as version %(version)s.", version=saved.version
    )
    return {"done": said}
