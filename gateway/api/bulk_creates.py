"""Bulk patient create: start, see, list and cancel requests."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Header, Query

from gateway.api.context import ApiContext, Reader, Writer, now
from gateway.api.models.body import Page as PageBody
from gateway.api.models.body import described
from gateway.api.models.bulk_creates import (
    Bulk,
    BulkPage,
    BulkStarted,
    LinkBody,
    LinkPage,
    MemberBody,
    Progress,
    RequestParams,
)
from gateway.api.models.documents import DocumentQueries
from gateway.api.paging import Count, From, page
from gateway.api.problems import Refused
from gateway.api.threads import OneThread, quick
from registry.decisions import automatic_links
from registry.documents import progress as document_progress
from registry.landing.receive import require_facility
from registry.ledger import progress
from registry.requests import bulk_requests
from registry.requests.bulk_requests import BulkRequest
from schemas.errors import NotAllowed

PATH = "/medical/v1/patient/bulk"
router = APIRouter(prefix=PATH, tags=["Bulk patient create"], route_class=OneThread)

AfterLine = Annotated[
    int, Query(alias="afterLine", ge=0, le=10**9, description="As `nextPage` has it.")
]


@router.post("", responses=described(403, 404, 409))
@quick
def start_bulk_create(
    caller: Writer,
    *,
    facility_id: Annotated[
        UUID | None,
        Query(
            alias="facilityId",
            description="Facility of rows that name none. May be left out if the account has "
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
            description="A call with the key of an earlier one gives the same request back.",
        ),
    ] = None,
) -> BulkStarted:
    """Ask for a link to upload a CSV of patients to.

    The answer holds the link. Once the file is uploaded, it is imported; webhooks and `GET` show
    how far it is, and where the result is.
    """
    with caller.as_account() as (connection, account):
        try:
            if facility_id is None:
                require_facility(connection, account, account.format)
            request = bulk_requests.ask(
                connection,
                account,
                now(),
                facility_id=facility_id,
                dry_run=dry_run,
                idempotency_key=idempotency_key,
            )
        except NotAllowed as error:
            raise Refused(HTTPStatus.BAD_REQUEST, error.said) from error
    return BulkStarted.of(
        request,
        request_id=request.id,
        upload_url=caller.context.links.upload(request.account_id, request.id, _link_ends(request)),
        params=RequestParams(dry_run=request.dry_run),
    )


@router.get("", responses=described())
def list_bulk_creates(caller: Reader, count: Count = 50, from_item: From = None) -> BulkPage:
    """List the account's requests, the newest first."""
    with caller.as_account() as (connection, account):
        found = bulk_requests.list_requests(connection, account.id, count + 1, from_item)
        ids = [request.id for request in found]
        queries = document_progress.progress_of(connection, ids)
    meta, shown = page(f"{caller.context.settings.api_url}{PATH}", found, count)
    return BulkPage(
        meta=meta,
        requests=[_shown(caller.context, each, queries=queries.get(each.id)) for each in shown],
    )


@router.get("/{request_id:uuid}", responses=described(404))
def get_bulk_create(caller: Reader, request_id: UUID) -> Bulk:
    """See how far a request is, and get a new link to its result.

    An operator may run an import again, for example after a rule was corrected. A completed
    request stays completed meanwhile, and gets the new counts and the new result at the end. A
    failed request may complete.
    """
    with caller.as_account() as (connection, account):
        request = bulk_requests.get_request(connection, account.id, request_id)
        is_on = request.status == "processing"
        so_far = progress.read_progress(connection, request_id) if is_on else None
        queries = document_progress.progress_of(connection, [request_id]).get(request_id)
        linked = automatic_links.count_links(connection, request_id)
        members = bulk_requests.list_members(connection, account.id, request_id)
    shown = _shown(caller.context, request, so_far, queries, linked)
    return shown.model_copy(update={"members": [_member(request, each) for each in members]})


@router.get("/{request_id:uuid}/links", responses=described(404))
def list_links(
    caller: Reader, request_id: UUID, *, count: Count = 100, after_line: AfterLine = 0
) -> LinkPage:
    """List the new patients of a request who were linked to stored ones automatically.

    It is decided after the result was written, where the account wants it. The result keeps the id
    that the patient was created with; that id leads to the stored patient.
    """
    with caller.as_account() as (connection, account):
        bulk_requests.get_request(connection, account.id, request_id)
        found = automatic_links.links_of_import(connection, request_id, after_line, count + 1)
    shown, more = found[:count], None
    if len(found) > count:
        url = f"{caller.context.settings.api_url}{PATH}/{request_id}/links"
        more = f"{url}?{urlencode({'count': count, 'afterLine': shown[-1].line})}"
    return LinkPage(
        meta=PageBody(next_page=more, items_on_page=len(shown)),
        links=[LinkBody.of(each, score=each.weight) for each in shown],
    )


@router.post("/{request_id:uuid}/cancel", responses=described(403, 404, 409))
def cancel_bulk_create(caller: Writer, request_id: UUID) -> Bulk:
    """Cancel a request that waits, with or without its file, or that is processed.

    Nothing of it is written then. Once its patients are written it cannot be cancelled any more.
    """
    with caller.as_account() as (connection, account):
        request = bulk_requests.cancel(connection, account.id, request_id, now())
        caller.log(connection, "cancel", f"request {request_id}")
    return _shown(caller.context, request)


def _member(archive: BulkRequest, request: BulkRequest) -> MemberBody:
    name = (request.file_name or "").removeprefix(f"{archive.file_name}/")
    return MemberBody.of(
        request, request_id=request.id, name=name, total=request.records, failed=request.errored
    )


def _link_ends(request: BulkRequest) -> datetime:
    # Not `expires_at`, which is put off while a file comes: the link is valid for 10 minutes.
    return request.created_at + bulk_requests.UPLOAD_TIME


def _shown(
    context: ApiContext,
    request: BulkRequest,
    so_far: progress.Progress | None = None,
    queries: document_progress.Progress | None = None,
    linked: int | None = None,
) -> Bulk:
    link = None
    if request.has_result:
        link = context.links.result(request.account_id, request.id, now())
    good = (request.created, request.updated, request.unchanged)
    return Bulk.of(
        request,
        request_id=request.id,
        params=RequestParams(dry_run=request.dry_run),
        total=request.records,
        successful=None if None in good else sum(each or 0 for each in good),
        failed=request.errored,
        progress=so_far and Progress.of(so_far, total=so_far.records, failed=so_far.errored),
        result=link,
        uploaded_at=request.received_at,
        linked=linked,
        members=[],
        document_queries=queries and DocumentQueries(**queries.as_json()),
    )
