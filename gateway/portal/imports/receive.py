"""Receiving a file for a check: an upload, or one that a person corrected on a page."""

from http import HTTPStatus
from typing import BinaryIO

from gateway.portal.context import now
from gateway.portal.imports.first_look import refuse_at_sight
from gateway.portal.page_requests import PageRequest
from gateway.portal.refusals import Refused
from registry.accounts.activity_log import record
from registry.landing.archive_copy import ARCHIVE, INCOMING, ArchiveCopy, Archived
from registry.landing.disk_reserve import NO_ROOM, is_full
from registry.landing.storage_quota import require_room
from registry.ledger.imports import Import
from registry.requests import portal_submissions
from registry.requests.portal_submissions import Submitted
from registry.store import store_of
from registry.store.durable_files import CHUNK_BYTES, storage_errors
from schemas.catalogue import get_format


def receive_file(page_request: PageRequest, file: BinaryIO, submitted: Submitted) -> Import:
    """Archive a file and enter its check; the same form sent twice makes one.

    Raises:
        FileFault: its first bytes show that it cannot be imported.
        NotAllowed, NotFound: the account may not import it so.
        QuotaFull: the account has no room for it.
        Refused: the disk is full.
        StorageUnavailable: the archive cannot be written.
    """
    settings = page_request.context.settings
    if is_full(settings):
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE, NO_ROOM)
    with page_request.as_account() as (_, account):
        is_known = submitted.format in portal_submissions.formats_of(account)
    if is_known:
        refuse_at_sight(file, get_format(submitted.format))
    with (
        storage_errors("receive a file", store_of(settings).place_of(ARCHIVE)),
        ArchiveCopy(settings, INCOMING) as copy,
    ):
        while data := file.read(CHUNK_BYTES):
            copy.write(data)
        require_room_for(page_request, copy.byte_count)
        return _land(page_request, copy.place(), submitted)


def require_room_for(page_request: PageRequest, more: int) -> None:
    """Refuse a file of so many bytes at least, if its account has no room for them.

    Raises:
        QuotaFull: it has none.
    """
    with page_request.as_account() as (connection, account):
        require_room(connection, page_request.context.settings, account, more=max(more, 1))


def _land(page_request: PageRequest, archived: Archived, submitted: Submitted) -> Import:
    with page_request.as_account() as (connection, account):
        imported = portal_submissions.submit_check(connection, account, archived, submitted, now())
        require_room(connection, page_request.context.settings, account)
        event = page_request.event(
            "upload", file_name=submitted.file_name, byte_count=archived.byte_count
        )
        record(connection, event)
    return imported
