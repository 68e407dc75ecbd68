"""Check a file, then import it: the form, the upload, and the buttons that follow a check."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from psycopg import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.imports.receive import receive_file, require_room_for
from gateway.portal.imports.upload_fields import upload_fields
from gateway.portal.imports.upload_form import Upload, read_upload, too_large
from gateway.portal.languages import N_
from gateway.portal.page_requests import (
    UPLOAD_PATH,
    CanImport,
    CanReview,
    PageRequest,
    require_token,
)
from gateway.portal.rendering import render
from registry.accounts.activity_log import record
from registry.ledger import held_files
from registry.ledger.imports import Import
from registry.ledger.states import HELD
from registry.requests import portal_submissions
from registry.requests.portal_submissions import Submitted
from schemas.errors import FileFault, NotAllowed, NotFound

router = APIRouter()

NO_FILE = N_("Choose a file first.")
MAX_TOKEN_CHARACTERS = 64
FORM_BYTES_ANNOUNCED = 2 * 1024**2
"""What a form may announce beside its file; what comes is counted by `read_upload`."""


@router.get("/import")
def show_form(page_request: CanImport, format: str = "") -> Response:  # noqa: A002 - its name in the query
    """The form that takes a file; `format` is the format to choose at first."""
    return _form(page_request, chosen=format)


@router.post(UPLOAD_PATH)
async def check(page_request: CanImport, request: Request) -> Response:
    """Receive a file and have it checked. The same form sent twice makes one check.

    A file whose first bytes show that it cannot be imported is answered at once, and not received.
    """
    most = page_request.context.settings.max_file_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most + FORM_BYTES_ANNOUNCED:
        raise too_large(most)  # before the body is read, so that the browser shows it at once
    if announced.isdigit():
        await run_in_threadpool(
            require_room_for, page_request, int(announced) - FORM_BYTES_ANNOUNCED
        )
    async with read_upload(request, most) as upload:
        require_token(page_request, upload.fields.get("csrf", ""))
        try:
            return _to_import(await run_in_threadpool(_receive, page_request, upload))
        except (NotAllowed, NotFound, FileFault) as error:
            is_fault, chosen = isinstance(error, FileFault), upload.fields.get("format", "")
            status = HTTPStatus.UNPROCESSABLE_ENTITY if is_fault else status_of(error)
            return await run_in_threadpool(_form, page_request, chosen, error.said, status)


@router.post("/imports/{import_id}/import")
def import_checked(page_request: CanImport, import_id: UUID) -> RedirectResponse:
    """Import a checked file, once."""
    with page_request.as_account() as (connection, account):
        imported = portal_submissions.submit_import(
            connection, account, import_id, page_request.session.user.name, now()
        )
        record(connection, page_request.event("import", file_name=imported.file_name))
    return _to_import(imported)


@router.post("/imports/{import_id}/check-again")
def check_again(page_request: CanImport, import_id: UUID) -> RedirectResponse:
    """Check the same file again, against the patients as they are now."""
    with page_request.as_account() as (connection, account):
        imported = portal_submissions.check_again(
            connection, account, import_id, page_request.session.user.name, now()
        )
    return _to_import(imported)


@router.post("/imports/{import_id}/let-through")
def let_through(page_request: CanReview, import_id: UUID) -> RedirectResponse:
    """Let a held file through; one with changed identities is checked again first."""
    with page_request.as_account() as (connection, account):
        held = portal_submissions.get_own(connection, account.id, import_id)
        if held.state == HELD:
            held_files.let_through(connection, held.id, page_request.session.user.name, now())
            _log_decision(page_request, connection, held, "let through")
            return _to_import(held)
        imported = portal_submissions.check_held(
            connection, account, import_id, page_request.session.user.name, now()
        )
        detail = f"let identity changes through, import {import_id}"
        record(connection, page_request.event("review", detail, file_name=imported.file_name))
    return _to_import(imported)


@router.post("/imports/{import_id}/refuse")
def refuse(page_request: CanReview, import_id: UUID) -> RedirectResponse:
    """Refuse a held file; its sender gets a result that says so."""
    with page_request.as_account() as (connection, account):
        held = portal_submissions.get_own(connection, account.id, import_id)
        held_files.refuse(connection, held.id, page_request.session.user.name, now())
        _log_decision(page_request, connection, held, "refused")
    return _to_import(held)


@router.post("/imports/{import_id}/cancel")
def cancel(page_request: CanImport, import_id: UUID) -> RedirectResponse:
    """Cancel an import that waits, or that is processed and has written nothing."""
    with page_request.as_account() as (connection, account):
        portal_submissions.cancel(connection, account.id, import_id, now())
        page_request.log(connection, "cancel")
    return RedirectResponse(f"/imports/{import_id}", HTTPStatus.SEE_OTHER)


def _log_decision(
    page_request: PageRequest, connection: Connection, held: Import, decided: str
) -> None:
    detail = f"{decided} a held file, import {held.id}"
    record(connection, page_request.event("review", detail, file_name=held.file_name))


def _form(
    page_request: PageRequest,
    chosen: str = "",
    error: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    return render(
        "imports/upload.html",
        page_request,
        status,
        **upload_fields(page_request, chosen),
        error=error,
    )


def _receive(page_request: PageRequest, upload: Upload) -> Import:
    if upload.file is None:
        raise NotAllowed(NO_FILE)
    submitted = Submitted(
        user_name=page_request.session.user.name,
        token=f"form {upload.fields.get('token', '')[:MAX_TOKEN_CHARACTERS]}",
        file_name=upload.file_name,
        format=upload.fields.get("format", ""),
        facility_id=_uuid(upload.fields.get("facility", "")),
    )
    return receive_file(page_request, upload.file, submitted)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _to_import(imported: Import) -> RedirectResponse:
    return RedirectResponse(f"/imports/{imported.id}", HTTPStatus.SEE_OTHER)
