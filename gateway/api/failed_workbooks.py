"""The failed rows of a workbook as a workbook, for who sent one over the API."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import FileResponse

from gateway.api.bulk_creates import PATH
from gateway.api.context import Reader
from gateway.api.models.body import described
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from gateway.http.errors import log_failure
from registry.landing.wanted_results import RETRY_AFTER_SECONDS, intact_or_wanted
from registry.requests.bulk_requests import find_result
from schemas.errors import ArchiveDamaged

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}

router = APIRouter(tags=["Bulk patient create"], route_class=OneThread)


@router.get(
    PATH + "/{request_id:uuid}/failed-rows.xlsx",
    response_class=FileResponse,
    responses={
        200: {"content": {WORKBOOK: {"schema": {"type": "string", "format": "binary"}}}},
        **described(404, 503),
    },
    response_model=None,
)
def download_failed_workbook(caller: Reader, request_id: UUID) -> FileResponse:
    """Fetch the failed rows of a request as a workbook, the cells at fault coloured.

    Only a workbook whose rows failed has one; it holds the first 5,000 of them.
    """
    settings = caller.context.settings
    try:
        with caller.as_account() as (connection, account):
            found = find_result(connection, settings, account.id, request_id, "failed_workbook")
            path = intact_or_wanted(settings, found)
            caller.log(connection, "download", f"request {request_id}")
    except ArchiveDamaged as error:
        log_failure(error)
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, error.said, _LATER) from error
    return FileResponse(path, media_type=WORKBOOK, filename=found.name)
