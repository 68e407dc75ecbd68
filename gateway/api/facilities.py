"""Facilities, which files refer to by id, and those of a patient."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from gateway.api.context import Reader, Writer, now
from gateway.api.entity_tags import IfMatch, require_tag
from gateway.api.models.body import described
from gateway.api.models.cohorts import FacilityIds
from gateway.api.models.facilities import Facilities, FacilityBody, NewFacility
from gateway.api.threads import OneThread
from registry.accounts import facilities
from registry.decisions.caller_changes import set_facilities
from registry.patients.patients import read_patient

router = APIRouter(prefix="/medical/v1", tags=["Facilities"], route_class=OneThread)


@router.get("/facility", responses=described(), response_model_exclude_none=True)
def list_facilities(caller: Reader) -> Facilities:
    """List the account's facilities, by name."""
    with caller.as_account() as (connection, account):
        found = facilities.list_facilities(connection, account)
    return Facilities.shown(found)


@router.post("/facility", responses=described(403, 409, 501), response_model_exclude_none=True)
def add_facility(caller: Writer, added: NewFacility) -> FacilityBody:
    """Add a facility. Files name it by its id; rows that name none get the account's only one."""
    with caller.as_account() as (connection, account):
        facility = facilities.add_facility(connection, account, added.values(), now())
        caller.log(connection, "change", f"facility {facility.id} added")
        return FacilityBody.shown(facility)


@router.get("/facility/{facility_id:uuid}", responses=described(404),
            response_model_exclude_none=True)  # fmt: skip
def get_facility(caller: Reader, facility_id: UUID) -> FacilityBody:
    """Read a facility."""
    with caller.as_account() as (connection, account):
        return FacilityBody.shown(facilities.get_facility(connection, account, facility_id))


@router.put("/facility/{facility_id:uuid}", responses=described(403, 404, 409, 412, 501),
            response_model_exclude_none=True)  # fmt: skip
def update_facility(
    caller: Writer, facility_id: UUID, values: NewFacility, if_match: IfMatch = None
) -> FacilityBody:
    """Replace all values of a facility."""
    with caller.as_account() as (connection, account):
        current = facilities.get_facility(connection, account, facility_id)
        require_tag(if_match, FacilityBody.shown(current).e_tag)
        caller.log(connection, "change", f"facility {facility_id} changed")
        return FacilityBody.shown(
            facilities.update_facility(connection, account, facility_id, values.values())
        )


@router.delete("/facility/{facility_id:uuid}", status_code=HTTPStatus.NO_CONTENT,
               responses=described(403, 404, 409, 412))  # fmt: skip
def delete_facility(caller: Writer, facility_id: UUID, if_match: IfMatch = None) -> None:
    """Remove a facility without patients. Imports that named it go on naming it."""
    with caller.as_account() as (connection, account):
        current = facilities.get_facility(connection, account, facility_id)
        require_tag(if_match, FacilityBody.shown(current).e_tag)
        facilities.remove_facility(connection, account, facility_id, now())
        caller.log(connection, "change", f"facility {facility_id} removed")


@router.get("/patient/{patient_id:uuid}/facility", responses=described(404),
            response_model_exclude_none=True)  # fmt: skip
def list_facilities_of_patient(caller: Reader, patient_id: UUID) -> Facilities:
    """List the facilities of a patient."""
    with caller.as_account() as (connection, account):
        patient = read_patient(connection, account.id, patient_id)
        found = facilities.list_facilities(connection, account)
    return Facilities.shown(each for each in found if each.id in patient.facility_ids)


@router.post("/patient/{patient_id:uuid}/facility", responses=described(403, 404),
             response_model_exclude_none=True)  # fmt: skip
def set_facilities_of_patient(caller: Writer, patient_id: UUID, wanted: FacilityIds) -> Facilities:
    """Make these the facilities of a patient, and no others."""
    with caller.as_account() as (connection, account):
        set_facilities(connection, account, patient_id, wanted.facility_ids, now())
        caller.log(connection, "change", f"facilities of patient {patient_id}")
        found = facilities.list_facilities(connection, account)
    return Facilities.shown(each for each in found if each.id in wanted.facility_ids)
