"""Patients created and updated one at a time: each call is an import of one row.

The row is archived and entered like a file, and the caller waits for its end
(`registry/requests/patient_calls.py`).
"""

import asyncio
import time
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from gateway.api.context import AuthenticatedCaller, Writer, now
from gateway.api.entity_tags import IfMatch, require_tag
from gateway.api.models.body import described
from gateway.api.models.new_patients import NewPatient, PatientAnswer
from gateway.api.patient_rows import row_of
from gateway.api.patients import OfFacility, read_body
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from registry.accounts.accounts import Account
from registry.accounts.facilities import get_facility
from registry.decisions.caller_changes import bring_back, withdraw
from registry.landing.archive_copy import ARCHIVE, INCOMING, ArchiveCopy, Archived
from registry.landing.disk_reserve import NO_ROOM, is_full
from registry.landing.receive import default_facility, require_facility
from registry.landing.storage_quota import require_room
from registry.ledger.moves import IMPORT_IS_OVER
from registry.requests.patient_calls import (
    FORMAT,
    CallOutcome,
    PatientCall,
    enter_call,
    outcome_of,
    require_format,
)
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors
from schemas.errors import NotAllowed
from schemas.metriport.update import UPDATE

PATH = "/medical/v1/patient"
router = APIRouter(prefix=PATH, tags=["Patients"], route_class=OneThread)

WAIT_SECONDS = 15.0
"""How long a caller waits for the row; Metriport's SDK waits 20 s for an answer."""

LOOK_SECONDS = 0.1

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="A call with the key of an earlier one makes no further row.",
    ),
]


@router.post(
    "", responses=described(403, 404, 409, 501, 507) | {201: {"model": PatientAnswer}},
    response_model_exclude_none=True,
)  # fmt: skip
async def create_patient(
    caller: Writer,
    new: NewPatient,
    response: Response,
    facility_id: OfFacility = None,
    idempotency_key: IdempotencyKey = None,
) -> PatientAnswer:
    """Create a patient, or update the one whom a row of a file with these values would update.

    The values are a row of a file: the same rules judge them, and the same patient is recognised by
    names, birth date, gender and zip. Answers 201 for a new patient and 200 for a known one.
    """
    call = await run_in_threadpool(_enter_new, caller, new, facility_id, idempotency_key)
    return await _answer(caller, call, response)


@router.put(
    "/{patient_id:uuid}", responses=described(403, 404, 409, 412, 501, 507),
    response_model_exclude_none=True,
)  # fmt: skip
async def update_patient(  # noqa: PLR0913, PLR0917 - the parameters of the call
    caller: Writer,
    patient_id: UUID,
    new: NewPatient,
    response: Response,
    if_match: IfMatch = None,
    facility_id: OfFacility = None,
    idempotency_key: IdempotencyKey = None,
) -> PatientAnswer:
    """Update a patient, whatever their names were before.

    Addresses are replaced by those given; contacts and identifiers too, where they are given. What
    is left out or blank stays, and so do the facilities.
    """
    given = (patient_id, if_match, facility_id, idempotency_key)
    call = await run_in_threadpool(_enter_update, caller, new, *given)
    return await _answer(caller, call, response)


@router.delete(
    "/{patient_id:uuid}", status_code=HTTPStatus.NO_CONTENT, responses=described(403, 404, 412)
)
def delete_patient(
    caller: Writer, patient_id: UUID, if_match: IfMatch = None, facility_id: OfFacility = None
) -> None:
    """Take a patient out of the API: no list, no answer and no document query has them any more.

    Nothing is erased. A later row of a file updates them, and does not bring them back; creating
    them anew does.
    """
    with caller.as_account() as (connection, account):
        _require_as_read(connection, account, patient_id, if_match)
        if facility_id is not None:
            get_facility(connection, account, facility_id)
        withdraw(connection, account, patient_id, now())
        caller.log(connection, "change", f"patient {patient_id} taken out")


def _enter_new(
    caller: AuthenticatedCaller, new: NewPatient, facility_id: UUID | None, key: str | None
) -> UUID:
    with caller.as_account() as (connection, account):
        require_format(account)
        new.require_supported()
        row = row_of(new)
        try:
            require_facility(connection, account, FORMAT)
            facility = default_facility(connection, account, FORMAT, facility_id)
        except NotAllowed as error:
            raise Refused(HTTPStatus.BAD_REQUEST, error.said) from error
        require_room(connection, caller.context.settings, account, more=len(row))
        archived = _archived(caller.context.settings, row)
        call = PatientCall(FORMAT, facility, key)
        import_id, is_new = enter_call(connection, account, archived, call, now())
        if is_new:
            caller.log(connection, "import", f"a patient, import {import_id}")
        return import_id


def _enter_update(
    caller: AuthenticatedCaller,
    new: NewPatient,
    patient_id: UUID,
    if_match: str | None,
    facility_id: UUID | None,
    key: str | None,
) -> UUID:
    with caller.as_account() as (connection, account):
        require_format(account)
        new.require_supported()
        current = _require_as_read(connection, account, patient_id, if_match)
        if facility_id is not None:
            get_facility(connection, account, facility_id)
        row = row_of(new, updates=current)
        require_room(connection, caller.context.settings, account, more=len(row))
        archived = _archived(caller.context.settings, row)
        call = PatientCall(UPDATE.name, None, key)
        import_id, is_new = enter_call(connection, account, archived, call, now())
        if is_new:
            caller.log(connection, "import", f"patient {current}, import {import_id}")
        return import_id


def _require_as_read(
    connection: Connection, account: Account, patient_id: UUID, if_match: str | None
) -> UUID:
    """The id of the patient, whom the caller read as they are now."""
    body = read_body(connection, account.id, patient_id)
    require_tag(if_match, body.e_tag)
    return body.id


def _archived(settings: Settings, row: bytes) -> Archived:
    if is_full(settings):
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE, NO_ROOM)
    with (
        storage_errors("take a patient in", store_of(settings).place_of(ARCHIVE)),
        ArchiveCopy(settings, INCOMING) as copy,
    ):
        copy.write(row)
        return copy.place()


async def _answer(caller: AuthenticatedCaller, call: UUID, response: Response) -> PatientAnswer:
    """Wait for the end of the call's import, and answer with the patient.

    Raises:
        Refused: the row failed, or it is not over yet.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        outcome = await run_in_threadpool(_look, caller, call)
        if outcome.state in IMPORT_IS_OVER:
            break
        if time.monotonic() > until:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the patient is received and waits for other work; repeat the call, which makes no "
                "second patient",
                {"Retry-After": "5"},
            )
        await asyncio.sleep(LOOK_SECONDS)
    if outcome.patient_id is None or outcome.outcome not in ("created", "updated", "unchanged"):
        said = "; ".join(outcome.errors) or outcome.reason or "the row could not be read"
        is_gone = not outcome.errors and outcome.state != "completed"
        raise Refused(HTTPStatus.CONFLICT if is_gone else HTTPStatus.BAD_REQUEST, said)
    if outcome.outcome == "created":
        response.status_code = HTTPStatus.CREATED
    return await run_in_threadpool(_read_back, caller, outcome.patient_id, outcome.warnings)


def _look(caller: AuthenticatedCaller, call: UUID) -> CallOutcome:
    with caller.again() as (connection, account):
        return outcome_of(connection, account.id, call)


def _read_back(caller: AuthenticatedCaller, patient_id: UUID, warnings: list[str]) -> PatientAnswer:
    with caller.again() as (connection, account):
        bring_back(connection, account, patient_id, now())
        body = read_body(connection, account.id, patient_id)
    return PatientAnswer(**body.model_dump(), warnings=warnings or None)
