"""One patient: the current values with their origins, and the history."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.patients.fact_labels import ValueChange, label_of, lines_of, value_changes_of
from gateway.portal.rendering import render
from gateway.portal.said_once import forget_said, said_before
from gateway.portal.source_labels import SOURCE_LABELS
from registry.accounts.accounts import list_cohorts, list_facilities
from registry.patients.history import read_record
from registry.patients.merged_ids import read_aliases, surviving_patient
from registry.patients.record import Change, Record

router = APIRouter()


@router.get("/patients/{patient_id}")
def show_patient(page_request: CanSee, patient_id: UUID) -> Response:
    """A patient's page; the activity log keeps who opened it.

    The id of a patient who was merged into another one leads to the page of that other patient.
    """
    return _page(page_request, patient_id)


@router.post("/patients/{patient_id}/reveal")
def reveal(page_request: CanSee, patient_id: UUID) -> Response:
    """The same page with the social security number; the activity log keeps who asked for it."""
    return _page(page_request, patient_id, reveal=True)


def _page(page_request: PageRequest, patient_id: UUID, *, reveal: bool = False) -> Response:
    seen = "social security number of patient" if reveal else "patient"
    with page_request.as_account() as (connection, account):
        surviving_id = surviving_patient(connection, account.id, patient_id)
        if surviving_id != patient_id:
            # Not a permanent redirect: a split gives the merged patient its page back.
            return RedirectResponse(f"/patients/{surviving_id}", HTTPStatus.SEE_OTHER)
        record = read_record(connection, account.id, patient_id)
        aliases = read_aliases(connection, account.id, patient_id)
        named = (*list_facilities(connection, account), *list_cohorts(connection, account))
        page_request.log(connection, "view", f"{seen} {patient_id}")
    names = {str(each.id): each.name for each in named}
    said = said_before(page_request)
    page = render(
        "patients/one_patient.html",
        page_request,
        account=account,
        zone=account.time_zone,
        record=record,
        other_values=[(label_of("identifier", item, []), value) for item, value in aliases],
        lines=list(lines_of(record.facts, names, reveal=reveal)),
        has_secret=not reveal
        and any(
            each.item.startswith("ssn/") for each in record.facts if each.field == "identifier"
        ),
        changes=[(each.origin, _shown_changes(each, record, names)) for each in record.changes],
        sources=SOURCE_LABELS,
        done=said.get("done"),
        error=said.get("error"),
    )
    return forget_said(page_request, page)


def _shown_changes(change: Change, record: Record, names: Mapping[str, str]) -> list[ValueChange]:
    """The values that a change touched.

    None where the whole patient was merged into another one, or split from it: the heading of the
    change says so, and no value changed.
    """
    other = change.origin.other
    if other is not None and other.id == record.patient_id:
        return []
    return list(value_changes_of(change, names))
