"""The lists that files refer to: facilities, cohorts, and the names that files made."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.languages import gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.settings.section_pages import Outcome, apply_form, show_section
from registry.accounts import accounts
from registry.accounts.accounts import Account
from registry.accounts.vocabulary import list_names
from schemas.errors import NotAllowed

router = APIRouter(prefix="/admin")

MAX_NAME = 200


@router.get("/lists")
def show_lists(page_request: CanManage) -> Response:
    """Facilities, cohorts, groups and departments."""
    return show_section("lists", page_request, _read)


@router.post("/lists")
def change_lists(page_request: CanManage) -> Response:
    """Add a facility or a cohort."""
    actions = {"facility": _add_facility, "cohort": _add_cohort}
    return apply_form("lists", page_request, _read, actions)


def _read(connection: Connection, account: Account) -> dict[str, Any]:
    return {
        "facilities": accounts.list_facilities(connection, account),
        "cohorts": accounts.list_cohorts(connection, account),
        "names": list_names(connection, account),
    }


def _add_facility(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    added = accounts.add_facility(connection, account, _name(page_request))
    return {"done": gettext("The facility '%(name)s' was added.", name=added.name)}


def _add_cohort(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    added = accounts.add_cohort(connection, account, _name(page_request))
    return {"done": gettext("The cohort '%(name)s' was added.", name=added.name)}


def _name(page_request: PageRequest) -> str:
    name = page_request.form.get("name", "").strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise NotAllowed(f"a name has 1 to {MAX_NAME} letters and no line breaks")
    return name
