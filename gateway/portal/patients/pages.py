"""Patients: search, and one patient with where each value came from."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import Seeing
from gateway.portal.imports.pages import SOURCES
from gateway.portal.patients.fact_labels import changes_of, lines_of
from gateway.portal.rendering import render
from registry.accounts.accounts import list_cohorts, list_facilities
from registry.patients.history import read_record
from registry.patients.merged_ids import read_aliases, surviving_patient
from registry.patients.record import Change, Record
from registry.patients.search import newest_patients, search_patients

router = APIRouter()

SHOWN = 50
MAX_TEXT = 200


@router.get("/patients")
def show_newest(visit: Seeing) -> Response:
    """The search form, and the patients created last."""
    with visit.within() as (connection, account):
        found = newest_patients(connection, account.id, SHOWN)
    return render("patients.html", visit, account=account, found=found, text="", more=False)


# Sent, not asked for: what is searched for is a patient's value, and addresses are kept by many.
@router.post("/patients")
def search(visit: Seeing) -> Response:
    """The patients that a text tells of."""
    text = visit.sent.get("text", "")[:MAX_TEXT].strip()
    with visit.within() as (connection, account):
        if text:
            found = search_patients(connection, account.id, text, SHOWN + 1)
        else:
            found = newest_patients(connection, account.id, SHOWN)
    return render(
        "patients.html",
        visit,
        account=account,
        found=found[:SHOWN],
        text=text,
        more=len(found) > SHOWN,
    )


@router.get("/patients/{patient_id}")
def show_patient(visit: Seeing, patient_id: UUID) -> Response:
    """A patient's values with their origins, and the history; who looked is kept in the trail."""
    with visit.within() as (connection, account):
        survivor = surviving_patient(connection, account.id, patient_id)
        if survivor != patient_id:
            # Not for good: a split brings the other one back.
            return RedirectResponse(f"/patients/{survivor}", HTTPStatus.SEE_OTHER)
        found = read_record(connection, account.id, patient_id)
        aliases = read_aliases(connection, account.id, patient_id)
        named = (*list_facilities(connection, account), *list_cohorts(connection, account))
        visit.note(connection, "view", f"patient {patient_id}")
    names = {str(each.id): each.name for each in named}
    return render(
        "patient.html",
        visit,
        account=account,
        zone=account.time_zone,
        record=found,
        also=[(f"Identifier: {item}", value) for item, value in aliases],
        lines=list(lines_of(found.facts, names)),
        changes=[(each.origin, list(_told(each, found, names))) for each in found.changes],
        sources=SOURCES,
    )


def _told(
    change: Change, record: Record, names: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    """What a change did; of one who went and came back as a whole, nothing needs to be told."""
    other = change.origin.other
    if other is None or other.id != record.patient_id:
        yield from changes_of(change, names)
