"""Documents of one patient: have them asked for, see how far that is, list what was found."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from gateway.api.context import Reader, Writer
from gateway.api.models.body import described
from gateway.api.models.documents import DocumentQueryBody, Documents, StartQuery
from gateway.api.patients import OfFacility
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from registry.accounts.facilities import get_facility
from registry.documents.asking import chosen_documents, documents_of, start_query
from registry.documents.progress import latest_queries
from registry.patients.patients import read_patient

PATH = "/medical/v1/document"
router = APIRouter(prefix=PATH, tags=["Documents"], route_class=OneThread)

OfPatient = Annotated[UUID, Query(alias="patientId", description="The patient.")]


@router.post("/query", responses=described(403, 404, 409, 501), response_model_exclude_none=True)
def start(
    caller: Writer,
    patient_id: OfPatient,
    facility_id: OfFacility = None,
    options: StartQuery | None = None,
) -> DocumentQueryBody:
    """Ask for the documents of a patient now. A query that is under way goes on."""
    with caller.as_account() as (connection, account):
        if options is not None:
            options.require_supported()
        if facility_id is not None:
            get_facility(connection, account, facility_id)
        if caller.context.settings.fhir_base_url is None:
            read_patient(connection, account.id, patient_id)
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, "no source of documents is set up here")
        query = start_query(connection, account, patient_id)
        caller.log(connection, "change", f"documents of patient {patient_id} asked for")
        return DocumentQueryBody.shown(query)


@router.get("/query", responses=described(404), response_model_exclude_none=True)
def get_status(caller: Reader, patient_id: OfPatient) -> DocumentQueryBody:
    """See how far the last document query about a patient is."""
    with caller.as_account() as (connection, account):
        patient = read_patient(connection, account.id, patient_id)
        query = latest_queries(connection, [patient.id]).get(patient.id)
    return DocumentQueryBody.shown(query)


@router.get("", responses=described(404))
def list_documents(  # noqa: PLR0913, PLR0917 - the parameters of the call
    caller: Reader,
    patient_id: OfPatient,
    date_from: Annotated[
        date | None, Query(alias="dateFrom", description="First day of a document.")
    ] = None,
    date_to: Annotated[
        date | None, Query(alias="dateTo", description="Last day of a document.")
    ] = None,
    content: Annotated[
        str | None, Query(min_length=3, max_length=200, description="Part of what a document says.")
    ] = None,
    count: Annotated[int, Query(ge=1, le=1000, description="Most documents.")] = 1000,
    output: Annotated[
        Literal["fhir", "dto"], Query(description="`dto` is Metriport's short form.")
    ] = "fhir",
) -> Documents:
    """List the documents that the last completed query about a patient found."""
    with caller.as_account() as (connection, account):
        patient = read_patient(connection, account.id, patient_id)
        found = documents_of(connection, patient.id)
    chosen = list(chosen_documents(found, date_from, date_to, content))[:count]
    return Documents(documents=[_short(each) for each in chosen] if output == "dto" else chosen)


def _short(document: dict[str, Any]) -> dict[str, Any]:
    """A document reference in Metriport's short form."""
    attachment = document["content"][0]["attachment"]
    short = {
        "id": document.get("id", ""),
        "fileName": attachment.get("title") or attachment.get("url") or "",
        "location": attachment.get("url"),
        "description": document.get("description"),
        "status": document.get("status"),
        "indexed": document.get("date"),
        "mimeType": attachment.get("contentType"),
        "size": attachment.get("size"),
        "type": document.get("type"),
    }
    return {name: value for name, value in short.items() if value is not None}
