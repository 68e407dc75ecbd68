"""Cohorts, which files refer to by id, and their members."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from gateway.api.context import AuthenticatedCaller, Reader, Writer, now
from gateway.api.entity_tags import IfMatch, require_tag
from gateway.api.models.body import described
from gateway.api.models.cohorts import (
    CohortBody,
    CohortChanges,
    CohortIds,
    Cohorts,
    Members,
    MembersChanged,
    NewCohort,
)
from gateway.api.models.patients import PatientPage
from gateway.api.paging import Count, From, To
from gateway.api.patients import page_of_patients
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from registry.accounts import cohorts
from registry.decisions import caller_changes
from registry.patients.patients import Chosen, read_patient

router = APIRouter(prefix="/medical/v1", tags=["Cohorts"], route_class=OneThread)

NO_MONITORING = "settings: nothing is monitored here; leave out what is to be switched on"


@router.get("/cohort", responses=described())
def list_cohorts(caller: Reader) -> Cohorts:
    """List the account's cohorts, by name."""
    with caller.as_account() as (connection, account):
        found = cohorts.list_cohorts(connection, account)
    return Cohorts(cohorts=[CohortBody.shown(each) for each in found])


@router.post("/cohort", responses=described(403, 409, 501))
def add_cohort(caller: Writer, added: NewCohort) -> CohortBody:
    """Add a cohort. Files name it by its id to put patients into it."""
    with caller.as_account() as (connection, account):
        if added.wants_monitoring():
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, NO_MONITORING)
        cohort = cohorts.add_cohort(
            connection,
            account,
            added.name,
            now(),
            description=added.description,
            color=added.color,
            purpose_of_use=added.purpose_of_use,
        )
        caller.log(connection, "change", f"cohort {cohort.id} added")
    return CohortBody.shown(cohort)


@router.get("/cohort/{cohort_id:uuid}", responses=described(404))
def get_cohort(caller: Reader, cohort_id: UUID) -> CohortBody:
    """Read a cohort."""
    with caller.as_account() as (connection, account):
        return CohortBody.shown(cohorts.get_cohort(connection, account, cohort_id))


@router.patch("/cohort/{cohort_id:uuid}", responses=described(403, 404, 409, 412, 501))
def update_cohort(
    caller: Writer, cohort_id: UUID, changes: CohortChanges, if_match: IfMatch = None
) -> CohortBody:
    """Change name, description or color of a cohort."""
    with caller.as_account() as (connection, account):
        if changes.wants_monitoring():
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, NO_MONITORING)
        current = cohorts.get_cohort(connection, account, cohort_id)
        require_tag(if_match, CohortBody.shown(current).e_tag)
        caller.log(connection, "change", f"cohort {cohort_id} changed")
        return CohortBody.shown(
            cohorts.update_cohort(connection, account, cohort_id, changes.changes())
        )


@router.delete("/cohort/{cohort_id:uuid}", status_code=HTTPStatus.NO_CONTENT,
               responses=described(403, 404))  # fmt: skip
def delete_cohort(caller: Writer, cohort_id: UUID) -> None:
    """Take all patients out of a cohort, and remove it."""
    with caller.as_account() as (connection, account):
        caller_changes.remove_cohort(connection, account, cohort_id, now())
        caller.log(connection, "change", f"cohort {cohort_id} removed")


@router.get("/cohort/{cohort_id:uuid}/patient", responses=described(404),
            response_model_exclude_none=True)  # fmt: skip
def list_members(
    caller: Reader, cohort_id: UUID, count: Count = 100, from_item: From = None, to_item: To = None
) -> PatientPage:
    """List the patients of a cohort, the first created first."""
    with caller.as_account() as (connection, account):
        cohorts.get_cohort(connection, account, cohort_id)
    path = f"/medical/v1/cohort/{cohort_id}/patient"
    chosen = Chosen(cohort_id=cohort_id)
    return page_of_patients(caller, path, count, (from_item, to_item), chosen, {})


@router.post("/cohort/{cohort_id:uuid}/patient", responses=described(403, 404))
def add_members(caller: Writer, cohort_id: UUID, members: Members) -> MembersChanged:
    """Add patients to a cohort: those named, or all of the account."""
    return _change(caller, cohort_id, members, joins=True)


@router.delete("/cohort/{cohort_id:uuid}/patient", responses=described(403, 404))
def remove_members(caller: Writer, cohort_id: UUID, members: Members) -> MembersChanged:
    """Take patients out of a cohort: those named, or all."""
    return _change(caller, cohort_id, members, joins=False)


@router.get("/patient/{patient_id:uuid}/cohort", responses=described(404))
def list_cohorts_of_patient(caller: Reader, patient_id: UUID) -> Cohorts:
    """List the cohorts of a patient."""
    with caller.as_account() as (connection, account):
        patient = read_patient(connection, account.id, patient_id)
        found = cohorts.get_cohorts(connection, account, patient.cohort_ids)
    return Cohorts(cohorts=[CohortBody.shown(each) for each in found])


@router.post("/patient/{patient_id:uuid}/cohort", responses=described(403, 404))
def add_patient_to_cohorts(caller: Writer, patient_id: UUID, wanted: CohortIds) -> Cohorts:
    """Add a patient to cohorts; answers with all of the patient's cohorts."""
    with caller.as_account() as (connection, account):
        patient_id = caller_changes.add_patient_to_cohorts(
            connection, account, patient_id, wanted.cohort_ids, now()
        )
        caller.log(connection, "change", f"cohorts of patient {patient_id}")
        patient = read_patient(connection, account.id, patient_id)
        found = cohorts.get_cohorts(connection, account, patient.cohort_ids)
    return Cohorts(cohorts=[CohortBody.shown(each) for each in found])


def _change(
    caller: AuthenticatedCaller, cohort_id: UUID, members: Members, *, joins: bool
) -> MembersChanged:
    act = caller_changes.add_to_cohort if joins else caller_changes.remove_from_cohort
    with caller.as_account() as (connection, account):
        try:
            chosen = members.chosen()
        except ValueError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
        count = act(connection, account, cohort_id, chosen, now())
        said = f"patient{'s' if count != 1 else ''} {'joined' if joins else 'left'}"
        caller.log(connection, "change", f"{count} {said} cohort {cohort_id}")
        cohort = cohorts.get_cohort(connection, account, cohort_id)
    done = "added" if joins else "removed"
    return MembersChanged(
        message=f"{count} patient{'s were' if count != 1 else ' was'} {done}",
        cohort=CohortBody.shown(cohort),
    )
