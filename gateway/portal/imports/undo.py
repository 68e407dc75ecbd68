"""Undo of an import: what it would do, in numbers, and then the deed."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import Reviewing, Visit, now
from gateway.portal.rendering import render
from registry.accounts.accounts import Account
from registry.accounts.activity_log import record
from registry.decisions.undo import UndoResult, preview_undo, undo, undone_imports
from registry.ledger.import_pages import get_line
from registry.requests.portal_submissions import get_own

router = APIRouter()

PATIENCE = "10min"
"""For one statement: a hundred thousand patients take longer than a page usually may."""

CHANGED_SINCE = "Patients changed since you looked, so nothing was undone. Look again."


@router.get("/imports/{import_id}/undo")
def show_undo(visit: Reviewing, import_id: UUID) -> Response:
    """What undoing an import would do."""
    with _patiently(visit) as (connection, account):
        imported = get_own(connection, account.id, import_id)
        if undone_imports(connection, [import_id]):
            return _to(import_id)
        would = preview_undo(connection, imported, visit.session.user.name, now())
        return _page(visit, connection, account, would)


@router.post("/imports/{import_id}/undo")
def undo_import(visit: Reviewing, import_id: UUID) -> Response:
    """Undo an import, once, if it does what the page said."""
    at = now()
    with _patiently(visit) as (connection, account):
        imported = get_own(connection, account.id, import_id)
        with connection.transaction() as deed:
            found = undo(connection, imported, visit.session.user.name, at)
            is_new = found.decided_at == at
            # What was written otherwise goes with this inner transaction.
            deed.force_rollback = is_new and visit.sent.get("seen") != seen(found)
        if deed.force_rollback:
            return _page(visit, connection, account, found, HTTPStatus.CONFLICT)
        if is_new:
            told = f"{found.removed} removed, {found.changed} set back, {found.kept} kept"
            record(connection, visit.event("undo", told, file_name=imported.file_name))
    return _to(import_id)


def seen(would: UndoResult) -> str:
    """What a form carries of the numbers that its page shows."""
    return f"{would.removed}-{would.changed}-{would.kept}"


@contextmanager
def _patiently(visit: Visit) -> Iterator[tuple[Connection, Account]]:
    with visit.within() as (connection, account):
        connection.execute("SELECT set_config('statement_timeout', %s, true)", (PATIENCE,))
        yield connection, account


def _page(
    visit: Visit,
    connection: Connection,
    account: Account,
    would: UndoResult,
    status: int = HTTPStatus.OK,
) -> Response:
    return render(
        "undo.html",
        visit,
        status,
        account=account,
        zone=account.time_zone,
        line=get_line(connection, account.id, would.import_id),
        would=would,
        seen=seen(would),
        error=CHANGED_SINCE if status == HTTPStatus.CONFLICT else None,
    )


def _to(import_id: UUID) -> RedirectResponse:
    return RedirectResponse(f"/imports/{import_id}", HTTPStatus.SEE_OTHER)
