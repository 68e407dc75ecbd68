"""Facilities."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.api.models.body import Body, Text
from gateway.api.models.input import Input, unsupported
from gateway.api.models.tags import tag_of
from registry.accounts.facilities import Facility, FacilityValues
from schemas.code_lists import STATE_CODES
from schemas.metriport.cells import PLACEHOLDER_ZIP

_NPI_PREFIX_SUM = 24
"""What the prefix 80840 of an NPI adds to its sum of digits (45 CFR 162.406)."""


def _require_npi(npi: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(npi)]
    total = _NPI_PREFIX_SUM + sum(each // 10 + each % 10 for each in doubled)
    if npi[0] not in "12" or total % 10:
        raise ValueError("the check digit is wrong")
    return npi


def _upper(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has there
    return value.strip().upper() if isinstance(value, str) else value


def _digits_of_zip(value: Any) -> Any:  # noqa: ANN401 - as above
    text = str(value).strip() if isinstance(value, str | int) else ""
    digits = text.replace("-", "")
    return digits[:5] if digits.isascii() and digits.isdigit() else value


def _require_real(zip_code: str) -> str:
    if re.fullmatch(PLACEHOLDER_ZIP, zip_code):
        raise ValueError("a placeholder, not a zip code")
    return zip_code


Npi = Annotated[str, Field(pattern=r"^[12]\d{9}$", examples=["1234567893"]),
                AfterValidator(_require_npi)]  # fmt: skip


def _require_state(code: str) -> str:
    if code not in STATE_CODES:
        raise ValueError("not the code of a US state or territory")
    return code


State = Annotated[str, BeforeValidator(_upper), AfterValidator(_require_state),
                  Field(json_schema_extra={"enum": list(STATE_CODES)})]  # fmt: skip
Zip = Annotated[
    str,
    BeforeValidator(_digits_of_zip),
    Field(pattern=r"^\d{5}$", examples=["02101"]),
    AfterValidator(_require_real),
]


class NewFacilityAddress(Input):
    """Where a facility is."""

    UNSUPPORTED: ClassVar[dict[str, str]] = {"coordinates": "coordinates are not kept"}

    address_line1: Text = Field(examples=["1 Main St"])
    address_line2: Text | None = None
    city: Text = Field(examples=["Boston"])
    state: State = Field(examples=["MA"])
    zip: Zip
    country: Literal["USA"] = "USA"
    coordinates: Any = unsupported()


class NewFacility(Input):
    """The facility to add, or its values as they shall be.

    The name alone is enough for files. Metriport's SDK sees only those with `npi` and `address`.
    """

    name: Text = Field(examples=["Main Street"])
    npi: Npi | None = None
    tin: Text | None = Field(None, examples=["12-3456789"])
    active: bool | None = None
    address: NewFacilityAddress | None = None
    e_tag: str | None = Field(None, description="Not read; the header `If-Match` is.")

    def values(self) -> FacilityValues:
        """What is stored.

        Raises:
            Unsupported: it has a field that is not kept.
        """
        stored = None
        if self.address is not None:
            self.address.require_supported()
            stored = {
                "line1": self.address.address_line1,
                "line2": self.address.address_line2,
                "city": self.address.city,
                "state": self.address.state,
                "postal_code": self.address.zip,
            }
        active = True if self.active is None else self.active
        return FacilityValues(self.name, self.npi, self.tin, active, stored)


class FacilityAddress(Body):
    """Where a facility is."""

    address_line1: str
    address_line2: str | None = None
    city: str
    state: str
    zip: str
    country: str = "USA"


class FacilityBody(Body):
    """A facility; files refer to it by its id."""

    id: UUID
    e_tag: str = ""
    name: str = Field(examples=["Main Street"])
    npi: str | None = None
    tin: str | None = None
    active: bool
    address: FacilityAddress | None = None

    @classmethod
    def shown(cls, facility: Facility) -> Self:
        """The body of a facility."""
        stored = facility.address
        address = stored and FacilityAddress(
            address_line1=stored["line1"] or "",
            address_line2=stored["line2"],
            city=stored["city"] or "",
            state=stored["state"] or "",
            zip=stored["postal_code"] or "",
        )
        body = cls.of(facility, e_tag="", address=address)
        return body.model_copy(update={"e_tag": tag_of(body)})


class Facilities(Body):
    """Facilities, by name.

    Metriport's SDK reads none without an NPI and an address, and then not the list either.
    """

    facilities: list[FacilityBody] = Field(description="Those with an NPI and an address.")
    incomplete: list[FacilityBody] | None = Field(
        None,
        description="An addition of Rosterline: those that lack one of both; left out if there are "
        "none. Files and calls may name them like others.",
    )

    @classmethod
    def shown(cls, found: Iterable[Facility]) -> Self:
        """The body of these facilities."""
        bodies = [FacilityBody.shown(each) for each in found]
        complete = [each for each in bodies if each.npi and each.address]
        incomplete = [each for each in bodies if not (each.npi and each.address)]
        return cls(facilities=complete, incomplete=incomplete or None)
