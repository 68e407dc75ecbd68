"""Bulk patient create: ask, look, list, cancel."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Header, Query

from gateway.api import models
from gateway.api.door import Door, InDoor, Reader, Writer, now
from gateway.api.models import Bulk, BulkPage, BulkStarted, Page, RequestParams, described
from gateway.api.problems import Refused
from registry import bulk_requests, document_progress
from registry.bulk_requests import BulkRequest
from registry.progress import Progress, read_progress
from schemas.errors import NotAllowed

PATH = "/medical/v1/patient/bulk"
router = APIRouter(prefix=PATH, tags=["Bulk patient create"])

Count = Annotated[int, Query(ge=1, le=500, description="Most items on a page.")]
From = Annotated[UUID | None, Query(alias="fromItem", description="As `nextPage` has it.")]


@router.post("", responses=described(403, 404, 409))
def start_bulk_create(
    door: InDoor,
    caller: Writer,
    *,
    facility_id: Annotated[
        UUID | None,
        Query(
            alias="facilityId",
            description="Facility of rows that name none. May be left out where the account has "
            "only one.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, Query(alias="dryRun", description="Only check the file; no patient is written.")
    ] = False,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[\x21-\x7e]{1,255}$",
            description="The same key gives the same request back.",
        ),
    ] = None,
) -> BulkStarted:
    """Ask for a link to upload a CSV of patients to.

    The answer holds the link. Once the file is there it is imported; webhooks and `GET` tell how
    that goes, and where the result is.
    """
    with door.within(caller.account.id) as connection:
        try:
            request = bulk_requests.ask(
                connection,
                caller.account,
                now(),
                facility_id=facility_id,
                dry_run=dry_run,
                idempotency_key=idempotency_key,
            )
        except NotAllowed as error:
            raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
    return BulkStarted(
        request_id=request.id,
        status=request.status,
        upload_url=door.links.upload(request.account_id, request.id, _link_ends(request)),
        facility_id=request.facility_id,
        params=RequestParams(dry_run=request.dry_run),
        created_at=request.created_at,
    )


@router.get("", responses=described())
def list_bulk_creates(
    door: InDoor, caller: Reader, count: Count = 50, from_item: From = None
) -> BulkPage:
    """List the account's requests, the newest first."""
    with door.within(caller.account.id) as connection:
        found = bulk_requests.list_requests(connection, caller.account.id, count + 1, from_item)
        shown = found[:count]
        queries = document_progress.progress_of(connection, [request.id for request in shown])
    after = shown[-1].id if len(found) > count else None
    return BulkPage(
        meta=page(door, PATH, {"count": count}, len(shown), after),
        requests=[_shown(door, request, queries=queries.get(request.id)) for request in shown],
    )


@router.get("/{request_id:uuid}", responses=described(404))
def get_bulk_create(door: InDoor, caller: Reader, request_id: UUID) -> Bulk:
    """See how far a request is, and get a fresh link to its result.

    An operator may run an import again, after a rule was mended say. A completed request stays
    completed meanwhile and gets the new counts and result at the end; a failed one may complete.
    """
    with door.within(caller.account.id) as connection:
        request = bulk_requests.get_request(connection, caller.account.id, request_id)
        is_on = request.status == "processing"
        progress = read_progress(connection, request_id) if is_on else None
        queries = document_progress.progress_of(connection, [request.id]).get(request.id)
    return _shown(door, request, progress, queries)


@router.post("/{request_id:uuid}/cancel", responses=described(403, 404, 409))
def cancel_bulk_create(door: InDoor, caller: Writer, request_id: UUID) -> Bulk:
    """Call a request off that is still waiting, with its file if that is here already."""
    with door.within(caller.account.id) as connection:
        request = bulk_requests.cancel(connection, caller.account.id, request_id)
    return _shown(door, request)


def page(
    door: Door, path: str, asked: Mapping[str, object], shown: int, after: UUID | None
) -> Page:
    """Where in a list an answer is; `after` is its last item, if more follow."""
    query = urlencode({**asked, "fromItem": after})
    follows = f"{door.settings.api_url}{path}?{query}" if after else None
    return Page(next_page=follows, items_on_page=shown)


def _link_ends(request: BulkRequest) -> datetime:
    # Not `expires_at`, which moves on while a file comes: the link itself is valid for 10 minutes.
    return request.created_at + bulk_requests.UPLOAD_TIME


def _shown(
    door: Door,
    request: BulkRequest,
    progress: Progress | None = None,
    queries: document_progress.Progress | None = None,
) -> Bulk:
    link = None
    if request.has_result:
        link = door.links.result(request.account_id, request.id, now())
    good = (request.created, request.updated, request.unchanged)
    return Bulk(
        request_id=request.id,
        status=request.status,
        reason=request.reason,
        facility_id=request.facility_id,
        params=RequestParams(dry_run=request.dry_run),
        total=request.records,
        successful=None if None in good else sum(each or 0 for each in good),
        failed=request.errored,
        created=request.created,
        updated=request.updated,
        unchanged=request.unchanged,
        progress=_how_far(progress) if progress else None,
        result=link,
        created_at=request.created_at,
        expires_at=request.expires_at,
        uploaded_at=request.received_at,
        started_at=request.started_at,
        finished_at=request.finished_at,
        document_queries=models.DocumentQueries(**queries.as_json()) if queries else None,
    )


def _how_far(progress: Progress) -> models.Progress:
    return models.Progress(
        stages=progress.stages,
        total=progress.records,
        failed=progress.errored,
        created=progress.created,
        updated=progress.updated,
        unchanged=progress.unchanged,
    )
