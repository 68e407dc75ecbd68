"""Downloads of an import: the result file, or its failed rows alone, as CSV or as a workbook."""

import io
from pathlib import PurePath
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import FileResponse, Response, StreamingResponse

from gateway.portal.page_requests import CanDownload
from gateway.portal.safe_cells import has_formulas, without_formulas
from registry.accounts.activity_log import record
from registry.landing.failed_workbook import FailedRows, write_failed_workbook
from registry.landing.layouts import layout_of
from registry.landing.wanted_results import intact_or_wanted
from registry.ledger.import_pages import get_line
from registry.ledger.results import ResultKind, find_result
from registry.requests.portal_submissions import get_own
from schemas.catalogue import get_format
from schemas.errors import NotFound

router = APIRouter()

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


@router.get("/imports/{import_id}/{kind}.csv")
def download(
    page_request: CanDownload,
    import_id: UUID,
    kind: Literal["result", "failed-rows"],
    *,
    exact: bool = False,
) -> Response:
    """A result file of the latest attempt, or its failed rows alone.

    Cells that a spreadsheet would run are made harmless; with `exact`, for programs, the file comes
    as its sender gets it.
    """
    stored_kind: ResultKind = "result" if kind == "result" else "failed_rows"
    with page_request.as_account() as (connection, account):
        line = get_line(connection, account.id, import_id)
        if line.attempt is None or not line.is_over:
            raise NotFound("there is no result yet")
        settings = page_request.context.settings
        found = find_result(connection, settings, line, line.attempt, stored_kind)
        if found is None:
            raise NotFound("there is no such file")
        path = intact_or_wanted(settings, found)
        record(connection, page_request.event("download", file_name=found.name))
    kept = FileResponse(path, media_type=CSV, filename=found.name)
    if exact or not has_formulas(path):
        return kept
    # The header with the name is that of the answer that sends the file as it is.
    headers = {"Content-Disposition": kept.headers["content-disposition"]}
    return StreamingResponse(without_formulas(path), media_type=CSV, headers=headers)


@router.get("/imports/{import_id}/failed-rows.xlsx")
def download_workbook(page_request: CanDownload, import_id: UUID) -> Response:
    """The failed rows of the latest attempt as a workbook, whose cells at fault are coloured."""
    settings, made = page_request.context.settings, io.BytesIO()
    with page_request.as_account() as (connection, account):
        line = get_line(connection, account.id, import_id)
        number = line.attempt or 0
        found = find_result(connection, settings, line, number, "failed_rows")
        if found is None or not line.is_over or line.records is None:
            raise NotFound("there are no failed rows")
        path = intact_or_wanted(settings, found)
        sha256, file_format = (
            get_own(connection, account.id, line.id).sha256,
            get_format(line.format),
        )
        layout = layout_of(connection, settings, line.id, number, sha256, file_format)
        failed = FailedRows(line.id, number, path, layout, file_format.result)
        write_failed_workbook(connection, failed, line.received_at, made)
        name = f"{PurePath(found.name).stem}.xlsx"
        record(connection, page_request.event("download", file_name=name))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(made.getvalue(), media_type=WORKBOOK, headers=headers)
