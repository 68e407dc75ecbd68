"""Downloads of an import: the result file, or its failed rows alone."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import FileResponse

from gateway.portal.page_requests import CanDownload
from registry.accounts.activity_log import record
from registry.ledger.import_pages import get_line, result_name
from schemas.errors import NotFound, StorageUnavailable

router = APIRouter()


@router.get("/imports/{import_id}/{kind}.csv")
def download(
    page_request: CanDownload, import_id: UUID, kind: Literal["result", "failed-rows"]
) -> FileResponse:
    """A result file of the latest attempt, or its failed rows alone."""
    stored_kind = kind.replace("-", "_")
    with page_request.as_account() as (connection, account):
        line = get_line(connection, account.id, import_id)
        if line.attempt is None or not line.is_over:
            raise NotFound("there is no result yet")
        name = result_name(connection, line.id, line.attempt, stored_kind)
        path = page_request.context.settings.results_dir / line.partition_key / name
        if not path.is_file():
            raise StorageUnavailable("the result is gone; it can be made again")
        record(connection, page_request.event("download", file_name=name))
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=name)
