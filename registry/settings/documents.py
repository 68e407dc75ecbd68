"""The FHIR endpoint that knows where patients' documents are."""

import re
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from registry.settings.concern import HTTP_URL_WITHOUT_USER, ConcernSettings, split_list

# Not licences: each state has a system of its own for them.
IDENTIFIER_ITEMS = ("external", "ssn", "ehr", "mbi", "internal")
SYSTEM = re.compile(r"(https?://|urn:)[^\s|,]+")


class DocumentSettings(ConcernSettings):
    """Document queries."""

    fhir_base_url: str | None = Field(
        None,
        pattern=HTTP_URL_WITHOUT_USER,
        description="FHIR R4 endpoint that is asked for patients' documents (IHE MHD, ITI-67), as "
        "https://host/path. Not set: nobody is asked, and imports count their patients as "
        "`not-configured`.",
    )
    fhir_token: str | None = Field(
        None, repr=False, description="Bearer token for the FHIR endpoint."
    )
    fhir_user: str | None = Field(
        None, description="User name for the FHIR endpoint, where it wants basic authentication."
    )
    fhir_password: str | None = Field(
        None, repr=False, description="Password that goes with `ROSTERLINE_FHIR_USER`."
    )
    fhir_identifier_systems: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Identifiers that the FHIR endpoint knows patients by, as item=system, with "
        "commas between; items are `external` (the sender's id), `ssn`, `ehr`, `mbi`, `internal`. "
        "Patients who have one are asked for by it, all others by their demographics.",
    )
    fhir_requests_per_second: float = Field(
        10, gt=0, description="Most requests a second to the FHIR endpoint, of all runs together."
    )
    fhir_concurrency: int = Field(
        8, gt=0, description="Most requests to the FHIR endpoint that are under way at a time."
    )
    fhir_timeout_seconds: float = Field(
        30, gt=0, description="How long an answer of the FHIR endpoint is waited for."
    )

    @field_validator("fhir_identifier_systems", mode="before")
    @classmethod
    def _split_systems(cls, listed: object) -> object:
        return split_list(listed)

    @field_validator("fhir_identifier_systems")
    @classmethod
    def _readable_systems(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for each in listed:
            item, _, system = each.partition("=")
            if item not in IDENTIFIER_ITEMS or not SYSTEM.fullmatch(system):
                raise ValueError(
                    f"{each!r} is not item=system, with an item of {', '.join(IDENTIFIER_ITEMS)} "
                    "and an absolute URI"
                )
        return listed

    @field_validator("fhir_password")
    @classmethod
    def _one_way_to_sign_in(cls, password: str | None, info: ValidationInfo) -> str | None:
        if (password is None) != (info.data.get("fhir_user") is None):
            raise ValueError("ROSTERLINE_FHIR_USER and this are set together or not at all")
        if password is not None and info.data.get("fhir_token") is not None:
            raise ValueError("set either this or ROSTERLINE_FHIR_TOKEN")
        return password

    @property
    def identifier_systems(self) -> dict[str, str]:
        """System by identifier item, of those that the FHIR endpoint knows."""
        pairs = (each.partition("=") for each in self.fhir_identifier_systems)
        return {item: system for item, _, system in pairs}
