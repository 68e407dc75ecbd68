"""Result files, downloaded by signed link."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse

from gateway.api.context import InContext, now
from gateway.api.models.body import described
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from gateway.api.upload import BY_LINK
from gateway.http.addresses import client_address
from gateway.http.errors import log_failure
from gateway.http.signed_links import RESULT_PATH
from registry.accounts.activity_log import AccessEvent, record
from registry.landing.wanted_results import (
    RETRY_AFTER_SECONDS,
    intact_or_wanted,
    link_or_wanted,
)
from registry.requests.bulk_requests import find_result
from schemas.errors import ArchiveDamaged, Expired, NotAllowed

_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}

router = APIRouter(tags=["Links"], route_class=OneThread)


@router.get(
    RESULT_PATH + "/{token}",
    response_class=FileResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}},
        302: {"description": "The same bytes at the address of the store, for some minutes."},
        **described(403, 404, 503),
    },
    response_model=None,
)
def download_result(
    token: str, request: Request, context: InContext
) -> FileResponse | RedirectResponse:
    """Fetch a result: each row as it was sent, with its id, status, reason, action and warnings.

    Where results are kept in a bucket that can sign, the answer sends the caller there.
    """
    try:
        linked = context.links.read_result(token, now())
    except Expired:
        raise
    except NotAllowed as error:
        raise Refused(HTTPStatus.FORBIDDEN, error.said) from error
    settings = context.settings
    try:
        with context.as_account(linked.account_id) as connection:
            result = find_result(connection, settings, linked.account_id, linked.request_id)
            link = link_or_wanted(settings, result)
            path = intact_or_wanted(settings, result) if link is None else None
            event = AccessEvent(
                "download",
                account_id=linked.account_id,
                user_name=BY_LINK,
                address=client_address(request),
                file_name=result.name,
                detail=f"request {linked.request_id}",
                door="api",
            )
            record(connection, event)
    except ArchiveDamaged as error:
        log_failure(error)
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, error.said, _LATER) from error
    if path is None:
        return RedirectResponse(str(link), HTTPStatus.FOUND)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=result.name)
