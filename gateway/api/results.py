"""Handing out result files by signed link."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import FileResponse

from gateway.api.context import InDoor, OneThread, now
from gateway.api.models import described
from gateway.api.problems import Refused
from gateway.http.signed_links import RESULT_PATH
from registry.requests.bulk_requests import result_path
from schemas.errors import Expired, NotAllowed

router = APIRouter(tags=["Links"], route_class=OneThread)


@router.get(
    RESULT_PATH + "/{token}",
    response_class=FileResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}},
        **described(403, 404),
    },
)
def download_result(token: str, door: InDoor) -> FileResponse:
    """Fetch a result: each row as it was sent, with our id, status, reason, action and warnings."""
    try:
        linked = door.links.read_result(token, now())
    except Expired:
        raise
    except NotAllowed as error:
        raise Refused(HTTPStatus.FORBIDDEN, str(error)) from error
    with door.within(linked.account_id) as connection:
        path = result_path(connection, door.settings, linked.account_id, linked.request_id)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=path.name)
