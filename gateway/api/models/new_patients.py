"""The patient that a call creates or updates, in Metriport's shape.

Only the shape is checked here. What the values say is judged by the rules of the format
`metriport`, when they have become a row (`gateway/api/patient_rows.py`).
"""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.api.models.input import Cell, Input, unsupported
from gateway.api.models.patients import PatientBody

MOST = 10
"""Addresses, contacts and cohorts that one row can have."""


class RowInput(Input):
    """A part of a row; a number counts as its digits, as in a cell."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class NewAddress(RowInput):
    """A postal address."""

    UNSUPPORTED: ClassVar[dict[str, str]] = {"coordinates": "coordinates are not kept"}

    address_line1: Cell = Field(examples=["1 Main St"])
    address_line2: Cell | None = Field(None, examples=["Apt 4"])
    city: Cell = Field(examples=["Boston"])
    state: Cell = Field(examples=["MA"])
    zip: Cell = Field(examples=["02101"])
    country: Cell | None = Field(None, pattern="^USA$", examples=["USA"])
    coordinates: Any = unsupported()


class NewContact(RowInput):
    """A phone number, an email address, or one of each."""

    phone: Cell | None = Field(None, examples=["6175550100"])
    email: Cell | None = Field(None, examples=["ada@example.com"])


class NewIdentifier(RowInput):
    """A social security number or a driver's license; at most one of each."""

    UNSUPPORTED: ClassVar[dict[str, str]] = {
        "period": "periods of identifiers are not kept",
        "assigner": "assigners of identifiers are not kept",
    }

    type: str = Field(pattern="^(ssn|driversLicense)$", examples=["ssn"])
    value: Cell = Field(examples=["900000001"])
    state: Cell | None = Field(None, description="Of a driver's license.", examples=["MA"])
    period: Any = unsupported()
    assigner: Any = unsupported()


class NewPatient(RowInput):
    """A patient as a caller states them.

    Fields of a patient who was read (`id`, `eTag`, `facilityIds`, `documentQuery`) may be there and
    are not read, so that what was read can be sent back with changes.
    """

    UNSUPPORTED: ClassVar[dict[str, str]] = {
        "status": "a patient's status is not kept",
        "hie": "there is one endpoint for documents, and none can be excluded",
        "network_query": "there are no network queries; documents are asked for by themselves",
        "additional_ids": "ids of other systems are not kept",
    }

    first_name: Cell = Field(examples=["Ada"])
    last_name: Cell = Field(examples=["Sample"])
    dob: Cell = Field(examples=["1980-02-01"])
    gender_at_birth: Cell = Field(examples=["F"])
    address: list[NewAddress] | NewAddress
    contact: list[NewContact] | NewContact | None = None
    personal_identifiers: list[NewIdentifier] | None = None
    external_id: Cell | None = Field(None, examples=["X-1"])
    hie_opt_out: bool | None = None
    cohorts: list[UUID] | None = Field(None, max_length=MOST, description="Cohorts to be added to.")
    id: Any = Field(None, description="Not read.")
    e_tag: Any = Field(None, description="Not read; the header `If-Match` is.")
    facility_ids: Any = Field(None, description="Not read; `facilityId` is.")
    document_query: Any = Field(None, description="Not read.")
    date_created: Any = Field(None, description="Not read.")
    status: Any = unsupported()
    hie: Any = unsupported()
    network_query: Any = unsupported()
    additional_ids: Any = unsupported()

    @property
    def addresses(self) -> list[NewAddress]:
        """The addresses, also where only one was given."""
        return self.address if isinstance(self.address, list) else [self.address]

    @property
    def contacts(self) -> list[NewContact]:
        """The contacts, also where only one was given."""
        given = self.contact or []
        return given if isinstance(given, list) else [given]

    def require_supported(self) -> None:
        """Refuse fields that are not worked with, here and in the parts.

        Raises:
            Unsupported: naming the field.
        """
        super().require_supported()
        for part in (*self.addresses, *self.contacts, *(self.personal_identifiers or ())):
            part.require_supported()


class PatientAnswer(PatientBody):
    """A patient after a call, and what the call's row was warned of."""

    warnings: list[str] | None = Field(
        None, description="An addition of Rosterline.", examples=[["zip lost its leading zeros"]]
    )
