"""Uploads by signed link: streamed to disk, archived, entered in the ledger, then answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from gateway.api.context import ApiContext, InContext, now
from gateway.api.models.body import described
from gateway.api.models.bulk_creates import Uploaded
from gateway.api.problems import Refused
from gateway.api.request_body import RequestBody, too_large
from gateway.api.threads import OneThread
from gateway.http.signed_links import UPLOAD_PATH, Linked
from registry.accounts.accounts import account_by_id
from registry.landing.disk_reserve import NO_ROOM, is_full
from registry.landing.durable_files import CHUNK_BYTES, draft_in, storage_errors
from registry.landing.receive import archive
from registry.requests import bulk_requests
from schemas.errors import Expired, NotAllowed

router = APIRouter(tags=["Links"], route_class=OneThread)

SILENCE_SECONDS = 60.0
"""An upload counts as cut off when nothing came for so long."""

HOLD_SECONDS = 120.0
"""How often a long upload puts the expiry of its request off."""

# Media types that clients send with a CSV: curl by default, browsers on Windows, scripts.
MEDIA_TYPES = {
    "",
    "application/csv",
    "application/gzip",
    "application/octet-stream",
    "application/vnd.ms-excel",
    "application/x-gzip",
    "application/x-www-form-urlencoded",
    "binary/octet-stream",
}


@router.put(
    UPLOAD_PATH + "/{token}",
    responses=described(403, 404, 408, 409, 413, 415),
    response_model=Uploaded,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_file(token: str, request: Request, context: InContext) -> Uploaded | Response:
    """Send the file: the raw CSV, plain or as gzip, not as a form.

    The link is the `uploadUrl` of the request. It takes one file, within 10 minutes, and needs no
    key. An upload that was cut off can be sent again.
    """
    linked = _linked(context, token)
    _check_headers(request, context.settings.max_file_bytes)
    if is_full(context.settings):
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE, NO_ROOM)
    await run_in_threadpool(_hold, context, linked)
    folder = context.settings.incoming_dir
    with storage_errors("take a file in", folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft_in(folder) as draft:
            body = RequestBody(draft, context.settings.max_file_bytes)
            try:
                async for data in _pieces(request, context, linked):
                    await run_in_threadpool(body.write, data)
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is left to read it
            return await run_in_threadpool(_land, context, linked, body, draft.name)


def _linked(context: ApiContext, token: str) -> Linked:
    try:
        return context.links.read_upload(token, now())
    except Expired:
        raise
    except NotAllowed as error:
        raise Refused(HTTPStatus.FORBIDDEN, str(error)) from error


def _check_headers(request: Request, max_bytes: int) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES and not media_type.startswith("text/"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send the bytes of the CSV themselves, as text/csv",
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the only content coding that is taken is gzip"
        )
    announced = request.headers.get("content-length", "")
    # Checked before the body is read: a client that waits for "100 Continue" never sends it.
    if announced.isdigit() and int(announced) > max_bytes:
        raise too_large(max_bytes)


async def _pieces(request: Request, context: ApiContext, linked: Linked) -> AsyncIterator[bytes]:
    """The body in pieces large enough to write. The request does not expire meanwhile."""
    stream = request.stream().__aiter__()
    gathered, held_at = bytearray(), time.monotonic()
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                gathered += await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise Refused(
                HTTPStatus.REQUEST_TIMEOUT, "nothing came for a minute; send it again"
            ) from error
        if len(gathered) >= CHUNK_BYTES:
            yield bytes(gathered)
            gathered.clear()
        if time.monotonic() - held_at > HOLD_SECONDS:
            await run_in_threadpool(_hold, context, linked)
            held_at = time.monotonic()
    yield bytes(gathered)


def _hold(context: ApiContext, linked: Linked) -> None:
    with context.as_account(linked.account_id) as connection:
        bulk_requests.begin_upload(connection, linked.account_id, linked.request_id, now())


def _land(context: ApiContext, linked: Linked, body: RequestBody, path: str) -> Uploaded:
    body.finish()
    archived = archive(context.settings, Path(path))
    with context.as_account(linked.account_id) as connection:
        account = account_by_id(connection, linked.account_id)
        imported = bulk_requests.accept(connection, account, linked.request_id, archived, now())
    return Uploaded(request_id=imported.id, status=imported.state)
