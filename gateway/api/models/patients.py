"""Patients: read back, matched, opted out."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body, Page, Text
from gateway.api.models.documents import PatientDocumentQuery


class Address(Body):
    """A postal address."""

    address_line1: str | None = Field(None, examples=["1 Main St"])
    address_line2: str | None = Field(None, examples=["Apt 4"])
    city: str | None = Field(None, examples=["Boston"])
    state: str | None = Field(None, examples=["MA"])
    zip: str | None = Field(None, examples=["02101"])
    country: str = "USA"


class Contact(Body):
    """A phone number or an email address."""

    phone: str | None = Field(None, examples=["6175550100"])
    email: str | None = Field(None, examples=["ada@example.com"])


class PersonalIdentifier(Body):
    """An identifier that an authority has given the patient."""

    type: Literal["ssn", "driversLicense"]
    value: str
    state: str | None = None


class PatientBody(Body):
    """A patient as imported."""

    id: UUID
    e_tag: str = ""
    external_id: str | None = Field(None, examples=["X-1"])
    first_name: str = Field(examples=["Ada"])
    last_name: str = Field(examples=["Sample"])
    dob: date | None = None
    gender_at_birth: str = Field(examples=["F"])
    address: list[Address]
    contact: list[Contact]
    personal_identifiers: list[PersonalIdentifier]
    facility_ids: list[UUID]
    cohorts: list[UUID]
    hie_opt_out: bool
    document_query: PatientDocumentQuery | None = Field(
        None, description="An addition of Rosterline."
    )


class PatientPage(Body):
    """Patients, the first created first."""

    meta: Page
    patients: list[PatientBody]


class AddressToMatch(Body):
    """The part of an address that matching compares: the zip."""

    zip: Annotated[str, Field(pattern=r"^\d{5}(-?\d{4})?$", examples=["02101"])]


class PersonToMatch(Body):
    """Demographics of the patient to find; other fields are ignored."""

    first_name: Text = Field(examples=["Ada"])
    last_name: Text = Field(examples=["Sample"])
    dob: date
    gender_at_birth: Literal["M", "F", "O", "U"]
    address: list[AddressToMatch] | AddressToMatch


class OptOut(Body):
    """Whether documents of a patient may be asked for."""

    id: UUID
    hie_opt_out: bool
    message: str = Field(examples=["Patient has been opted out"])
