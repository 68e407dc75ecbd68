"""Patients read back, matched, and opted out."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from psycopg import Connection

from gateway.api.context import Reader, Writer, now
from gateway.api.models.body import described
from gateway.api.models.documents import PatientDocumentQuery
from gateway.api.models.patients import (
    Address,
    Contact,
    OptOut,
    PatientBody,
    PatientPage,
    PersonalIdentifier,
    PersonToMatch,
)
from gateway.api.paging import Count, From, page
from gateway.api.threads import OneThread
from registry.documents.progress import DocumentQuery, latest_queries
from registry.patients.patients import Patient, Person, list_patients, match_patient, read_patient
from registry.patients.patients import set_opt_out as set_opt_out_of

PATH = "/medical/v1/patient"
router = APIRouter(prefix=PATH, tags=["Patients"], route_class=OneThread)

OfFacility = Annotated[
    UUID | None, Query(alias="facilityId", description="Only patients of this facility.")
]

_COUNTRY_CODE = "+1"
_TYPES: dict[str, Literal["ssn", "driversLicense"]] = {"ssn": "ssn", "license": "driversLicense"}


@router.get("", responses=described(), response_model_exclude_none=True)
def list_page(
    caller: Reader,
    count: Count = 100,
    from_item: From = None,
    facility_id: OfFacility = None,
) -> PatientPage:
    """List the account's patients, the first created first."""
    with caller.as_account() as (connection, account):
        found = list_patients(connection, account.id, count + 1, from_item, facility_id)
        queries = latest_queries(connection, [patient.id for patient in found])
    url = f"{caller.context.settings.api_url}{PATH}"
    meta, shown = page(url, found, count, facilityId=facility_id)
    return PatientPage(meta=meta, patients=[_shown(patient, queries) for patient in shown])


@router.post("/match", responses=described(404), response_model_exclude_none=True)
def match(caller: Reader, wanted: PersonToMatch) -> PatientBody:
    """Find the patient that a row of a file with these demographics would update.

    Names, birth date and gender must be equal, and one zip must be the same.
    """
    addresses = wanted.address if isinstance(wanted.address, list) else [wanted.address]
    person = Person(
        first_name=wanted.first_name,
        last_name=wanted.last_name,
        birth_date=wanted.dob,
        gender=wanted.gender_at_birth,
        zips=frozenset(address.zip[:5] for address in addresses),
    )
    with caller.as_account() as (connection, account):
        return _read(connection, match_patient(connection, account.id, person))


@router.get("/{patient_id:uuid}", responses=described(404), response_model_exclude_none=True)
def get_patient(caller: Reader, patient_id: UUID, response: Response) -> PatientBody:
    """Read a patient back.

    The id of a merged patient leads to the surviving patient, whose id is in the body.
    """
    with caller.as_account() as (connection, account):
        body = _read(connection, read_patient(connection, account.id, patient_id))
    if body.id != patient_id:
        response.headers["Content-Location"] = f"{PATH}/{body.id}"
    return body


@router.put("/{patient_id:uuid}/hie-opt-out", responses=described(403, 404))
def set_opt_out(
    caller: Writer,
    patient_id: UUID,
    *,
    hie_opt_out: Annotated[
        bool, Query(alias="hieOptOut", description="Whether the patient is opted out.")
    ],
) -> OptOut:
    """Opt a patient out of network discovery and document queries, or in again."""
    with caller.as_account() as (connection, account):
        patient = set_opt_out_of(connection, account.id, patient_id, now(), opt_out=hie_opt_out)
    said = "out of" if hie_opt_out else "in to"
    return OptOut(
        id=patient.id,
        hie_opt_out=hie_opt_out,
        message=f"Patient has been opted {said} network discovery and document queries",
    )


def _read(connection: Connection, patient: Patient) -> PatientBody:
    return _shown(patient, latest_queries(connection, [patient.id]))


def _shown(patient: Patient, queries: Mapping[UUID, DocumentQuery]) -> PatientBody:
    return PatientBody.of(
        patient,
        dob=patient.birth_date,
        gender_at_birth=patient.gender,
        address=[
            Address(
                address_line1=each["line1"],
                address_line2=each["line2"],
                city=each["city"],
                state=each["state"],
                zip=each["postal_code"],
            )
            for each in patient.addresses
        ],
        contact=[
            Contact(phone=_national(each.get("phone")), email=each.get("email"))
            for each in patient.contacts
        ],
        personal_identifiers=[_identifier(each) for each in patient.identifiers],
        cohorts=patient.cohort_ids,
        document_query=_query(queries.get(patient.id)),
    )


def _query(last: DocumentQuery | None) -> PatientDocumentQuery | None:
    if last is None:
        return None
    return PatientDocumentQuery(
        status=last.state, found=last.found, reason=last.reason, request_id=last.import_id
    )


def _identifier(stored: dict[str, str | None]) -> PersonalIdentifier:
    kind = _TYPES[stored["system"] or ""]
    return PersonalIdentifier(type=kind, value=stored["value"] or "", state=stored["state"])


def _national(phone: str | None) -> str | None:
    # Stored as E.164, `+16175550100`; this API shows ten digits.
    return phone.removeprefix(_COUNTRY_CODE) if phone else None
