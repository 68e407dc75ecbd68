"""Calls of Metriport's API that are not answered here: 501, in words.

docs/tasks/call-the-api.md lists them by the methods of Metriport's SDK. They are not in the
description of the API.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from gateway.api.context import Reader
from gateway.api.problems import Refused

router = APIRouter(prefix="/medical/v1", include_in_schema=False)

_RECORDS = "medical records are not kept here; documents are asked for and listed"
_FILES = "files of documents are not kept here; the list says where they are"

NOT_HERE = {
    "/organization": "an account has no organization",
    "/organization/{_id}": "an account has no organization",
    "/network-entry": "there is no directory of networks; documents come from one endpoint",
    "/network/query": "there are no network queries; POST /medical/v1/document/query asks for "
    "documents",
    "/network/query/{_id}": "there are no network queries; GET /medical/v1/document/query says "
    "how far one for documents is",
    "/message": "messages are not sent here",
    "/message/{_id}": "messages are not sent here",
    "/token/embed": "there are no components to embed",
    "/patient/{_id}/external/sync": "other systems are not connected here",
    "/patient/{_id}/treatment-relationship": "consent to treatment is not kept; "
    "/patient/{id}/hie-opt-out is",
    "/patient/{_id}/consolidated": _RECORDS,
    "/patient/{_id}/consolidated/query": _RECORDS,
    "/patient/{_id}/consolidated/query/{_request}": _RECORDS,
    "/patient/{_id}/consolidated/count": _RECORDS,
    "/patient/{_id}/medical-record": _RECORDS,
    "/document/download-url": _FILES,
    "/document/download-url/bulk": _FILES,
    "/document/upload-url/": _FILES,
    "/document/upload/": _FILES,
}
"""What is said to a call of these paths, whatever its method."""


def _refusing(said: str) -> Callable[[Request, Reader], Awaitable[None]]:
    async def refuse(_: Request, caller: Reader) -> None:
        await run_in_threadpool(caller.authenticate)
        raise Refused(HTTPStatus.NOT_IMPLEMENTED, said)

    return refuse


for _path, _said in NOT_HERE.items():
    router.add_api_route(_path, _refusing(_said), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
