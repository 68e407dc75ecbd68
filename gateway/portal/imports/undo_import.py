"""Undo of an import: a page of what it would do, in numbers, and then the undo itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import now
from gateway.portal.languages import N_
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.rendering import render
from registry.accounts.accounts import Account
from registry.accounts.activity_log import record
from registry.decisions.undo import UndoResult, preview_undo, undo, undone_imports
from registry.ledger.import_pages import get_line
from registry.requests.portal_submissions import get_own

router = APIRouter()

STATEMENT_TIMEOUT = "10min"
"""A hundred thousand patients take longer than statements of a page may usually run."""

CHANGED_SINCE = N_(
    "Patients changed since you opened this page, so nothing was undone. Here are the new numbers."
)


@router.get("/imports/{import_id}/undo")
def show_undo(page_request: CanReview, import_id: UUID) -> Response:
    """What undoing an import would do."""
    with _for_long(page_request) as (connection, account):
        imported = get_own(connection, account.id, import_id)
        if undone_imports(connection, [import_id]):
            return _to_import(import_id)
        preview = preview_undo(connection, imported, page_request.session.user.name, now())
        return _page(page_request, connection, account, preview)


@router.post("/imports/{import_id}/undo")
def undo_import(page_request: CanReview, import_id: UUID) -> Response:
    """Undo an import, once, if that does what the page announced."""
    at = now()
    with _for_long(page_request) as (connection, account):
        imported = get_own(connection, account.id, import_id)
        with connection.transaction() as inner:
            done = undo(connection, imported, page_request.session.user.name, at)
            # Of an import that somebody undid before, `undo` returns that earlier undo.
            is_new = done.decided_at == at
            # If the numbers differ from those of the page, nothing of this undo is kept.
            inner.force_rollback = is_new and page_request.form.get("seen") != numbers(done)
        if inner.force_rollback:
            return _page(page_request, connection, account, done, HTTPStatus.CONFLICT)
        if is_new:
            detail = f"{done.removed} removed, {done.changed} set back, {done.kept} kept"
            record(connection, page_request.event("undo", detail, file_name=imported.file_name))
    return _to_import(import_id)


def numbers(preview: UndoResult) -> str:
    """The numbers that a page shows, as its form sends them back: `1-12-0`."""
    return f"{preview.removed}-{preview.changed}-{preview.kept}"


@contextmanager
def _for_long(page_request: PageRequest) -> Iterator[tuple[Connection, Account]]:
    with page_request.as_account() as (connection, account):
        connection.execute("SELECT set_config('statement_timeout', %s, true)", (STATEMENT_TIMEOUT,))
        yield connection, account


def _page(
    page_request: PageRequest,
    connection: Connection,
    account: Account,
    preview: UndoResult,
    status: int = HTTPStatus.OK,
) -> Response:
    return render(
        "imports/undo_import.html",
        page_request,
        status,
        account=account,
        zone=account.time_zone,
        line=get_line(connection, account.id, preview.import_id),
        preview=preview,
        seen=numbers(preview),
        error=CHANGED_SINCE if status == HTTPStatus.CONFLICT else None,
    )


def _to_import(import_id: UUID) -> RedirectResponse:
    return RedirectResponse(f"/imports/{import_id}", HTTPStatus.SEE_OTHER)
