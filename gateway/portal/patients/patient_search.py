"""The list of patients, and the search for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.patients.list_filters import (
    COLUMNS,
    DAYS,
    MAX_TEXT,
    SOURCES,
    STATES,
    Filtered,
    Filters,
    filters_of,
)
from gateway.portal.refusals import Refused
from gateway.portal.rendering import render
from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.accounts.vocabulary import list_names
from registry.ledger.import_pages import get_line
from registry.patients.patient_lists import ListedPatient, Order, list_page
from registry.patients.recent_changes import list_changed_last
from registry.patients.search import FoundPatient, search_patients

router = APIRouter()

SHOWN = 50


@dataclass(frozen=True)
class Listed:
    """A page of the list: its filters and the patient that it follows; or a search's finds."""

    filters: Filters
    after: UUID | None = None
    text: str = ""


@router.get("/patients")
def show_list(
    page_request: CanSee, filters: Filtered, after: Annotated[UUID | None, Query()] = None
) -> Response:
    """A page of the list that the address describes; the patients created last, without filters."""
    return shown_page(page_request, Listed(filters, after))


# A POST, so that the searched text is in no address: browsers, proxies and logs keep addresses,
# and the text is a patient's name or id.
@router.post("/patients")
def search(page_request: CanSee) -> Response:
    """The patients that match a text; the newest ones for an empty text."""
    text = page_request.form.get("text", "")[:MAX_TEXT].strip()
    return shown_page(page_request, Listed(Filters(), text=text))


def listed_of(form: Mapping[str, str]) -> Listed:
    """The page of the list from which a form came.

    Raises:
        Refused: there is no such page.
    """
    after = form.get("after", "")
    try:
        behind = UUID(after) if after else None
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "there is no such list of patients") from error
    return Listed(filters_of(form), behind, form.get("text", "")[:MAX_TEXT].strip())


def shown_page(
    page_request: PageRequest,
    listed: Listed,
    *,
    ticked: Collection[str] = (),
    error: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    """A page of the list. `ticked` are the ids of patients whose boxes are ticked."""
    filters = listed.filters
    with page_request.as_reader() as (connection, account):
        found: Sequence[FoundPatient]
        if listed.text:
            found = search_patients(connection, account.id, listed.text, SHOWN + 1)
        else:
            found = _page_of(connection, account, filters, listed.after)
        shown = _choices(connection, account, filters)
    return render(
        "patients/patient_search.html",
        page_request,
        status,
        **shown,
        found=found[:SHOWN],
        has_more=len(found) > SHOWN,
        after=listed.after,
        text=listed.text,
        ticked=ticked,
        error=error,
    )


def _page_of(
    connection: Connection, account: Account, filters: Filters, after: UUID | None
) -> list[ListedPatient]:
    wanted = filters.wanted(now())
    if filters.sort == "changed":
        return list_changed_last(connection, account.id, SHOWN + 1, wanted, after=after)
    order = Order(filters.sort, filters.is_descending)
    return list_page(connection, account.id, SHOWN + 1, wanted, order, after=after)


def _choices(connection: Connection, account: Account, filters: Filters) -> dict[str, Any]:
    """What a list can be filtered by, and what it is filtered by now."""
    of_import = get_line(connection, account.id, filters.imported) if filters.imported else None
    lists = list_names(connection, account)
    return {
        "account": account,
        "zone": account.time_zone,
        "filters": filters,
        "imported": of_import,
        "columns": COLUMNS,
        "days": DAYS,
        "states": STATES,
        "sources": SOURCES,
        "groups": [(each, each) for each in lists.get("client_group", ())],
        "departments": [(each, each) for each in lists.get("department", ())],
        "facilities": [(each.id, each.name) for each in list_facilities(connection, account)],
        "cohorts": [(each.id, each.name) for each in list_cohorts(connection, account)],
    }
