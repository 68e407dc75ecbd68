"""Correcting failed rows on a page: what is corrected becomes a further file, checked as any other.

GET  /imports/<id>/correct ─▶ a form: cells at fault are fields, the others are shown
POST /imports/<id>/correct ─▶ name.corrected.csv ─▶ received as an upload is ─▶ its own check
                                                     rows that are still wrong ─▶ its own form
"""

import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePath
from uuid import UUID

from fastapi import APIRouter
from polars.exceptions import PolarsError
from psycopg import Connection
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.imports.receive import receive_file
from gateway.portal.page_requests import CanImport, PageRequest
from gateway.portal.rendering import render
from gateway.portal.rows.correctable import Correctable, read_correctable
from gateway.portal.rows.seen_rows import note_seen
from registry.accounts.accounts import Account
from registry.landing.result_names import fitting
from registry.ledger.import_pages import ImportLine, get_line
from registry.requests import portal_submissions
from registry.requests.portal_submissions import Submitted, correction_token
from rosters.failed_rows import write_again
from schemas.errors import FileFault, NotAllowed, NotFound

router = APIRouter()

MAX_TOKEN_CHARACTERS = 64
GONE = "the cells of this file are no longer kept; send the corrected rows as a file"


@router.get("/imports/{import_id}/correct")
def show_form(page_request: CanImport, import_id: UUID) -> Response:
    """The failed rows, with a field for each cell at fault."""
    return _form(page_request, _read(page_request, import_id), {})


@router.post("/imports/{import_id}/correct")
def correct(page_request: CanImport, import_id: UUID) -> Response:
    """Make a file of the corrected rows and have it checked; the same form makes one.

    With `mend`, the form is shown again with what that mend makes of its cells. What was typed is
    shown again then, and where the file is not received.
    """
    given = _read(page_request, import_id)
    rows = given.rows
    typed = {name: page_request.form[name] for name in rows.fields if name in page_request.form}
    if mend := page_request.form.get("mend"):
        offered = {each.mend.name: each.texts for each in rows.offers}
        return _form(page_request, given, typed | offered.get(mend, {}))
    try:
        return _receive(page_request, given.line, rows, typed)
    except (NotAllowed, NotFound, FileFault) as error:
        status = (
            HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, FileFault) else status_of(error)
        )
        return _form(page_request, given, typed, error.said, status)


def corrected_name(file_name: str) -> str:
    """`roster.xlsx` → `roster.corrected.csv`, and so is what is corrected of that."""
    stem = PurePath(file_name).stem.removesuffix(".corrected")
    return fitting(stem, ".corrected.csv")


@dataclass(frozen=True)
class _Given:
    """An import and its rows to correct."""

    account: Account
    line: ImportLine
    rows: Correctable


def _read(page_request: PageRequest, import_id: UUID) -> _Given:
    """The import and its rows to correct; the activity log keeps who saw them.

    Raises:
        NotFound: the account has no such import, or it has no failed rows.
        NotAllowed: their cells are not kept any more.
    """
    with page_request.as_account() as (connection, account):
        line = get_line(connection, account.id, import_id)
        if not line.is_over or not line.errored:
            raise NotFound("there are no failed rows")
        rows = _rows(page_request, connection, line)
    if rows is None:
        raise NotAllowed(GONE)
    note_seen(page_request, line)
    return _Given(account, line, rows)


def _rows(
    page_request: PageRequest, connection: Connection, line: ImportLine
) -> Correctable | None:
    settings = page_request.context.settings
    imported = portal_submissions.get_own(connection, page_request.account_id, line.id)
    first = portal_submissions.corrected_import(connection, page_request.account_id, line.id)
    followed = portal_submissions.import_of(connection, line.id)
    try:
        return read_correctable(
            connection,
            settings,
            line,
            imported.sha256,
            # What was corrected and only checked is corrected on, as a whole.
            whole=line.dry_run and first is not None and followed is None,
        )
    except (OSError, PolarsError):  # removed or damaged
        return None


def _receive(
    page_request: PageRequest, line: ImportLine, rows: Correctable, typed: Mapping[str, str]
) -> Response:
    content = write_again(rows.file_format, rows.layout, rows.corrected(typed))
    token = page_request.form.get("token", "")[:MAX_TOKEN_CHARACTERS]
    with page_request.as_account() as (connection, account):
        imported = portal_submissions.get_own(connection, account.id, line.id)
        first = portal_submissions.corrected_import(connection, account.id, line.id)
    submitted = Submitted(
        user_name=page_request.session.user.name,
        token=correction_token(first.id if first else line.id, token),
        file_name=corrected_name(line.file_name),
        format=line.format,
        facility_id=imported.default_facility_id,
    )
    check = receive_file(page_request, io.BytesIO(content), submitted)
    return RedirectResponse(f"/imports/{check.id}", HTTPStatus.SEE_OTHER)


def _form(
    page_request: PageRequest,
    given: _Given,
    typed: Mapping[str, str],
    error: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    return render(
        "rows/correct.html",
        page_request,
        status,
        account=given.account,
        line=given.line,
        rows=given.rows,
        typed=typed,
        error=error,
        token=secrets.token_urlsafe(16),
        file_name=corrected_name(given.line.file_name),
    )
