"""Check first, then import: the form, the upload, and what follows a check."""

import secrets
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import UPLOAD_PATH, Importing, Visit, now, require_token
from gateway.portal.error_pages import status_of
from gateway.portal.imports.upload_form import Upload, copy, read_upload, too_large
from gateway.portal.rendering import render
from registry.accounts.accounts import list_facilities
from registry.accounts.activity_log import record
from registry.landing.durable_files import draft_in, storage_errors
from registry.landing.receive import archive
from registry.ledger.imports import Import
from registry.requests import portal_submissions
from registry.requests.portal_submissions import Submitted, formats_of
from schemas.catalogue import get_format
from schemas.errors import NotAllowed, NotFound

router = APIRouter()

NO_FILE = "Choose a file first."
MAX_TOKEN_CHARACTERS = 64


@router.get("/import")
def show_form(visit: Importing, format: str = "") -> Response:  # noqa: A002 - its name in the query
    """The import page."""
    return _form(visit, chosen=format)


@router.post(UPLOAD_PATH)
async def check(visit: Importing, request: Request) -> Response:
    """Take a file in and have it checked; the same form sent twice is one check."""
    most = visit.desk.settings.max_file_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most + 2 * 1024**2:
        raise too_large(most)  # before the body: the browser shows it at once
    async with read_upload(request, most) as upload:
        require_token(visit, upload.fields.get("csrf", ""))
        try:
            return _to(await run_in_threadpool(_take_in, visit, upload))
        except (NotAllowed, NotFound) as error:
            status, chosen = status_of(error), upload.fields.get("format", "")
            return await run_in_threadpool(_form, visit, chosen, str(error), status)


@router.post("/imports/{import_id}/import")
def import_checked(visit: Importing, import_id: UUID) -> RedirectResponse:
    """Import what was checked, once."""
    with visit.within() as (connection, account):
        imported = portal_submissions.submit_import(
            connection, account, import_id, visit.session.user.name, now()
        )
        record(connection, visit.event("import", file_name=imported.file_name))
    return _to(imported)


@router.post("/imports/{import_id}/check-again")
def check_again(visit: Importing, import_id: UUID) -> RedirectResponse:
    """Check the same bytes against the patients of now."""
    with visit.within() as (connection, account):
        imported = portal_submissions.check_again(
            connection, account, import_id, visit.session.user.name, now()
        )
    return _to(imported)


@router.post("/imports/{import_id}/cancel")
def cancel(visit: Importing, import_id: UUID) -> RedirectResponse:
    """Call off what still waits."""
    with visit.within() as (connection, account):
        portal_submissions.cancel(connection, account.id, import_id)
        visit.note(connection, "cancel")
    return RedirectResponse(f"/imports/{import_id}", HTTPStatus.SEE_OTHER)


def _form(
    visit: Visit, chosen: str = "", error: str | None = None, status: int = HTTPStatus.OK
) -> Response:
    with visit.within() as (connection, account):
        facilities = list_facilities(connection, account)
    formats = [get_format(name) for name in formats_of(account)]
    return render(
        "import.html",
        visit,
        status,
        account=account,
        formats=formats,
        chosen=next((each for each in formats if each.name == chosen), formats[0]),
        # Rows of this format belong to a facility; with one there is nothing to choose.
        facilities=facilities if len(facilities) > 1 else [],
        token=secrets.token_urlsafe(16),
        max_bytes=visit.desk.settings.max_file_bytes,
        error=error,
    )


def _take_in(visit: Visit, upload: Upload) -> Import:
    if upload.file is None:
        raise NotAllowed(NO_FILE)
    said = Submitted(
        user_name=visit.session.user.name,
        token=f"form {upload.fields.get('token', '')[:MAX_TOKEN_CHARACTERS]}",
        file_name=upload.file_name,
        format=upload.fields.get("format", ""),
        facility_id=_uuid(upload.fields.get("facility", "")),
    )
    folder = visit.desk.settings.incoming_dir
    with storage_errors("take a file in", folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft_in(folder) as draft:
            copy(upload.file, draft)
            return _land(visit, draft, said)


def _land(visit: Visit, draft: BinaryIO, said: Submitted) -> Import:
    archived = archive(visit.desk.settings, Path(draft.name))
    with visit.within() as (connection, account):
        imported = portal_submissions.submit_check(connection, account, archived, said, now())
        event = visit.event("upload", file_name=said.file_name, byte_count=archived.byte_count)
        record(connection, event)
    return imported


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _to(imported: Import) -> RedirectResponse:
    return RedirectResponse(f"/imports/{imported.id}", HTTPStatus.SEE_OTHER)
