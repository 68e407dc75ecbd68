"""The desk, on which every user begins."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.imports.upload_fields import upload_fields
from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.rendering import render
from gateway.portal.source_labels import SOURCE_LABELS
from registry.accounts.portal_sessions import MAX_COUNTED_PAIRS
from registry.decisions.review_queue import count_waiting
from registry.ledger import recent_imports
from schemas.issues import CODES

router = APIRouter()

SHOWN_FILES = 8
SHOWN_REASONS = 5


@router.get("/desk")
def show_desk(page_request: CanSee) -> Response:
    """What came in the last 24 hours, what failed, what waits for this user, and earlier files."""
    at = now()
    with page_request.as_reader() as (connection, account):
        recent = recent_imports.list_recent(connection, account.id, at, SHOWN_FILES + 1)
        shown = {
            "counts": recent_imports.count_recent(connection, account.id, at),
            "recent": recent[:SHOWN_FILES],
            "has_more": len(recent) > SHOWN_FILES,
            "failed": recent_imports.list_failed(connection, account.id, at, SHOWN_REASONS),
            "faults": recent_imports.count_recent_faults(connection, account.id, at, SHOWN_REASONS),
            "earlier": recent_imports.list_earlier(connection, account.id, at, SHOWN_FILES),
            **_waiting(page_request, connection, account.id),
        }
    upload = upload_fields(page_request) if page_request.may("import") else {}
    return render(
        "desk/desk.html",
        page_request,
        zone=account.time_zone,
        codes=CODES,
        sources=SOURCE_LABELS,
        **{"account": account} | shown | upload,
    )


def _waiting(page_request: PageRequest, connection: Connection, account_id: int) -> dict[str, Any]:
    """What this user may decide: pairs, changed identities, held files, and checks of their own."""
    pairs, identities, held, checks = 0, 0, [], []
    if page_request.may("review"):
        # One more than the badge counts, so that it is known whether there are more.
        pairs, identities = count_waiting(connection, account_id, MAX_COUNTED_PAIRS + 1)
        held = recent_imports.list_held(connection, account_id, now(), SHOWN_REASONS)
    if page_request.may("import"):
        user = page_request.session.user.name
        checks = recent_imports.list_open_checks(connection, account_id, user, now(), SHOWN_REASONS)
    return {"pairs": pairs, "identities": identities, "held": held, "checks": checks,
            "most": MAX_COUNTED_PAIRS}  # fmt: skip
