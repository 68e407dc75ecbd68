"""Patients read back, found, matched, and opted out."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from psycopg import Connection

from gateway.api.context import AuthenticatedCaller, Reader, Writer, now
from gateway.api.models.body import Page, described
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
from gateway.api.models.tags import tag_of
from gateway.api.paging import Count, From, To, page_both_ways
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from registry.documents.progress import DocumentQuery, latest_queries
from registry.patients.patients import (
    Chosen,
    Patient,
    Person,
    count_patients,
    list_patients,
    match_patient,
    patient_by_external_id,
    read_patient,
)
from registry.patients.patients import set_opt_out as set_opt_out_of
from schemas.errors import NotAllowed

PATH = "/medical/v1/patient"
router = APIRouter(prefix=PATH, tags=["Patients"], route_class=OneThread)

OfFacility = Annotated[
    UUID | None, Query(alias="facilityId", description="A facility of the account.")
]
Filters = Annotated[
    str | None,
    Query(
        max_length=500,
        description="Words to find among names, birth dates (`YYYY`, `YYYY-MM` or `YYYY-MM-DD`), "
        'ids, external ids and facilities: `john doe`, `"john doe"`, `john or doe`, `john -doe`.',
        examples=["john -doe"],
    ),
]
ExternalId = Annotated[
    str, Query(alias="externalId", min_length=1, max_length=1000, description="The sender's id.")
]

_COUNTRY_CODE = "+1"
_TYPES: dict[str, Literal["ssn", "driversLicense"]] = {"ssn": "ssn", "license": "driversLicense"}


@router.get("", responses=described(404), response_model_exclude_none=True)
def list_page(
    caller: Reader,
    count: Count = 100,
    from_item: From = None,
    to_item: To = None,
    facility_id: OfFacility = None,
    filters: Filters = None,
) -> PatientPage:
    """List the account's patients, the first created first: all, of a facility, or found by words.

    Blank filters find all patients.
    """
    chosen = Chosen(facility_id=facility_id, filters=filters if (filters or "").strip() else None)
    asked = {"facilityId": facility_id, "filters": chosen.filters}
    return page_of_patients(caller, PATH, count, (from_item, to_item), chosen, asked)


def page_of_patients(
    caller: AuthenticatedCaller,
    path: str,
    count: int,
    place: tuple[UUID | None, UUID | None],
    chosen: Chosen,
    asked: Mapping[str, object],
) -> PatientPage:
    """A page of a list of patients; `place` is what the call gave as fromItem and toItem."""
    from_item, to_item = place
    with caller.as_account() as (connection, account):
        try:
            found = list_patients(
                connection, account.id, count + 1, chosen, after=from_item, before=to_item
            )
        except NotAllowed as error:
            raise Refused(HTTPStatus.BAD_REQUEST, error.said) from error
        queries = latest_queries(connection, [patient.id for patient in found])
        total = None
        if from_item is None and to_item is None and chosen.filters is None:
            total = count_patients(connection, account.id, chosen)
    url = f"{caller.context.settings.api_url}{path}"
    meta, shown = page_both_ways(url, found, count, from_item, to_item, **asked)
    return _page(meta, shown, queries, total)


@router.get("/external-id", responses=described(404, 501), response_model_exclude_none=True)
def get_by_external_id(
    caller: Reader,
    external_id: ExternalId,
    source: Annotated[str | None, Query(description="Not worked with: 501.")] = None,
) -> PatientBody:
    """Read back the patient with this id of the sender's; of several, the one created first."""
    with caller.as_account() as (connection, account):
        if source is not None:
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, "source: ids of other systems are not kept")
        return _read(connection, patient_by_external_id(connection, account.id, external_id))


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
        body = read_body(connection, account.id, patient_id)
    if body.id != patient_id:
        response.headers["Content-Location"] = f"{PATH}/{body.id}"
    return body


@router.get("/{patient_id:uuid}/hie-opt-out", responses=described(404))
def get_opt_out(caller: Reader, patient_id: UUID) -> OptOut:
    """See whether a patient is opted out of network discovery and document queries."""
    with caller.as_account() as (connection, account):
        patient = read_patient(connection, account.id, patient_id)
    return _opt_out(patient, "is opted", is_out=patient.hie_opt_out)


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
        way = "out" if hie_opt_out else "in"
        caller.log(connection, "change", f"patient {patient.id} opted {way}")
    return _opt_out(patient, "has been opted", is_out=hie_opt_out)


def read_body(connection: Connection, account_id: int, patient_id: UUID) -> PatientBody:
    """The body of the account's patient whom this id leads to.

    Raises:
        NotFound: there is none.
    """
    return _read(connection, read_patient(connection, account_id, patient_id))


def _opt_out(patient: Patient, said: str, *, is_out: bool) -> OptOut:
    way = "out of" if is_out else "in to"
    return OptOut(
        id=patient.id,
        hie_opt_out=is_out,
        message=f"Patient {said} {way} network discovery and document queries",
    )


def _read(connection: Connection, patient: Patient) -> PatientBody:
    return _shown(patient, latest_queries(connection, [patient.id]))


def _page(
    meta: Page,
    shown: Sequence[Patient],
    queries: Mapping[UUID, DocumentQuery],
    total: int | None,
) -> PatientPage:
    return PatientPage(
        meta=meta.model_copy(update={"items_in_total": total}),
        patients=[_shown(patient, queries) for patient in shown],
    )


def _shown(patient: Patient, queries: Mapping[UUID, DocumentQuery]) -> PatientBody:
    body = PatientBody.of(
        patient,
        e_tag="",
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
    return body.model_copy(update={"e_tag": tag_of(body, without={"document_query"})})


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
