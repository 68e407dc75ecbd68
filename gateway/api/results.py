"""Result files, downloaded by signed link."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import FileResponse

from gateway.api.context import InContext, now
from gateway.api.models.body import described
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from gateway.http.errors import log_failure
from gateway.http.signed_links import RESULT_PATH
from registry.requests.bulk_requests import result_path
from schemas.errors import ArchiveDamaged, Expired, NotAllowed

_DAMAGED = (
    "the result is damaged or gone on our side; nothing that was imported is lost. Ask us to make "
    "the result again, which gives the same bytes"
)

router = APIRouter(tags=["Links"], route_class=OneThread)


@router.get(
    RESULT_PATH + "/{token}",
    response_class=FileResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}},
        **described(403, 404, 503),
    },
)
def download_result(token: str, context: InContext) -> FileResponse:
    """Fetch a result: each row as it was sent, with its id, status, reason, action and warnings."""
    try:
        linked = context.links.read_result(token, now())
    except Expired:
        raise
    except NotAllowed as error:
        raise Refused(HTTPStatus.FORBIDDEN, str(error)) from error
    try:
        with context.as_account(linked.account_id) as connection:
            path = result_path(connection, context.settings, linked.account_id, linked.request_id)
    except ArchiveDamaged as error:
        log_failure(error)
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, _DAMAGED) from error
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=path.name)
