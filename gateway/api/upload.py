"""Uploads by signed link: streamed to disk, archived, entered in the ledger, then answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus

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
from gateway.http.addresses import client_address
from gateway.http.signed_links import UPLOAD_PATH, Linked
from registry.accounts.accounts import account_by_id
from registry.accounts.activity_log import AccessEvent, record
from registry.landing.archive_copy import ARCHIVE, INCOMING, ArchiveCopy
from registry.landing.disk_reserve import NO_ROOM, is_full
from registry.landing.storage_quota import require_room, storage_of
from registry.requests import bulk_requests
from registry.store import store_of
from registry.store.durable_files import CHUNK_BYTES, storage_errors
from schemas.errors import Expired, NotAllowed

router = APIRouter(tags=["Links"], route_class=OneThread)

SILENCE_SECONDS = 60.0
"""An upload counts as cut off when nothing came for so long."""

BY_LINK = "signed link"
"""Who sends or fetches a file, as the activity log names them: a link needs no key."""

HOLD_SECONDS = 120.0
"""How often a long upload puts the expiry of its request off."""

# Media types that clients send with a CSV (curl by default, browsers on Windows, scripts), or with
# a workbook or an archive. What the file is, its bytes say.
MEDIA_TYPES = {
    "",
    "application/csv",
    "application/gzip",
    "application/octet-stream",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/x-gzip",
    "application/x-www-form-urlencoded",
    "application/x-zip-compressed",
    "application/zip",
    "binary/octet-stream",
}


@router.put(
    UPLOAD_PATH + "/{token}",
    responses=described(403, 404, 408, 409, 413, 415, 507),
    response_model=Uploaded,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_file(token: str, request: Request, context: InContext) -> Uploaded | Response:
    """Send the file: the raw CSV, plain or as gzip, or a workbook or zip archive, not as a form.

    The link is the `uploadUrl` of the request. It takes one file, within 10 minutes, and needs no
    key. An upload that was cut off can be sent again. 507: the account keeps as many bytes as it
    may, or the service has no room for files at the moment; `detail` says which.
    """
    linked = _linked(context, token)
    _check_headers(request, context.settings.max_file_bytes)
    if is_full(context.settings):
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE, NO_ROOM)
    room = await run_in_threadpool(_begin, context, linked, _announced(request))
    with (
        storage_errors("take a file in", store_of(context.settings).place_of(ARCHIVE)),
        ArchiveCopy(context.settings, INCOMING) as copy,
    ):
        body = RequestBody(copy, context.settings.max_file_bytes, room)
        try:
            async for data in _pieces(request, context, linked):
                await run_in_threadpool(body.write, data)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is left to read it
        sender = client_address(request)
        return await run_in_threadpool(_land, context, linked, body, copy, sender)


def _linked(context: ApiContext, token: str) -> Linked:
    try:
        return context.links.read_upload(token, now())
    except Expired:
        raise
    except NotAllowed as error:
        raise Refused(HTTPStatus.FORBIDDEN, error.said) from error


def _check_headers(request: Request, max_bytes: int) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES and not media_type.startswith("text/"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send the bytes of the file themselves, a CSV as text/csv",
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the only content coding that is taken is gzip"
        )
    # Checked before the body is read: a client that waits for "100 Continue" never sends it.
    if _announced(request) > max_bytes:
        raise too_large(max_bytes)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


async def _pieces(request: Request, context: ApiContext, linked: Linked) -> AsyncIterator[bytes]:
    """The body in pieces large enough to write. The request does not expire meanwhile."""
    stream = request.stream().__aiter__()
    gathered, held_at = bytearray(), time.monotonic()
    written_at = held_at
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
        # A slow upload is written now and then, too: a draft that stays as it is is left over.
        if len(gathered) >= CHUNK_BYTES or time.monotonic() - written_at > HOLD_SECONDS:
            yield bytes(gathered)
            gathered.clear()
            written_at = time.monotonic()
        if time.monotonic() - held_at > HOLD_SECONDS:
            await run_in_threadpool(_hold, context, linked)
            held_at = time.monotonic()
    yield bytes(gathered)


def _begin(context: ApiContext, linked: Linked, announced: int) -> int | None:
    """Begin an upload of so many bytes, or of an unknown number (0); the bytes that it may have.

    Raises:
        QuotaFull: there is no room for them.
    """
    _hold(context, linked)
    with context.as_account(linked.account_id) as connection:
        account = account_by_id(connection, linked.account_id)
        require_room(connection, context.settings, account, more=announced or 1)
        return storage_of(connection, context.settings, account).room


def _hold(context: ApiContext, linked: Linked) -> None:
    with context.as_account(linked.account_id) as connection:
        bulk_requests.begin_upload(connection, linked.account_id, linked.request_id, now())


def _land(
    context: ApiContext, linked: Linked, body: RequestBody, copy: ArchiveCopy, sender: str
) -> Uploaded:
    body.finish()
    archived = copy.place()
    with context.as_account(linked.account_id) as connection:
        account = account_by_id(connection, linked.account_id)
        imported = bulk_requests.accept(connection, account, linked.request_id, archived, now())
        require_room(connection, context.settings, account)
        event = AccessEvent(
            "upload",
            account_id=account.id,
            user_name=BY_LINK,
            address=sender,
            byte_count=archived.byte_count,
            detail=f"request {linked.request_id}",
            door="api",
        )
        record(connection, event)
    return Uploaded(request_id=imported.id, status=imported.state)
