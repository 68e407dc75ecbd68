"""The list of imports, which the portal calls History."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.portal.languages import N_
from gateway.portal.page_requests import CanSee
from gateway.portal.rendering import render
from gateway.portal.source_labels import SOURCE_LABELS
from registry.ledger.import_pages import ImportFilter, ImportLine, list_imports
from registry.tables.enums import IMPORT_STATES
from schemas.errors import NotFound

router = APIRouter()

PAGE_IMPORTS = 25
KINDS = {"imports": N_("Imports"), "checks": N_("Checks")}
MAX_TEXT = 200


@router.get("/imports")
def show_imports(
    page_request: CanSee,
    q: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    state: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    source: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    kind: Annotated[str, Query(max_length=MAX_TEXT)] = "",
    after: Annotated[str, Query(max_length=MAX_TEXT)] = "",
) -> Response:
    """A page of the imports, the newest first; `q` is a part of the file name."""
    wanted = ImportFilter(q.strip(), state, source, kind, _position(after))
    with page_request.as_reader() as (connection, account):
        found = list_imports(connection, account.id, wanted, PAGE_IMPORTS + 1)
    lines = found[:PAGE_IMPORTS]
    return render(
        "imports/import_list.html",
        page_request,
        account=account,
        zone=account.time_zone,
        lines=lines,
        next_page=_page_mark(lines[-1]) if len(found) > PAGE_IMPORTS else None,
        q=q,
        state=state,
        source=source,
        kind=kind,
        kinds=KINDS,
        states=IMPORT_STATES,
        sources=SOURCE_LABELS,
        is_first_page=not after,
    )


def _page_mark(last: ImportLine) -> str:
    """The position after this line, as an address carries it; `_position` reads it."""
    return f"{last.received_at.isoformat()}_{last.id}"


def _position(page_mark: str) -> tuple[datetime, UUID] | None:
    if not page_mark:
        return None
    received_at, _, import_id = page_mark.rpartition("_")
    try:
        return datetime.fromisoformat(received_at), UUID(import_id)
    except ValueError as error:
        raise NotFound("there is no such page") from error
