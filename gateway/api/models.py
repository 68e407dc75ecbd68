"""What goes over the wire: bodies of calls and answers, as the description at /docs shows them."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Status = Literal["waiting", "processing", "completed", "failed", "expired", "cancelled"]


PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""No line breaks, no control characters, none that turn the direction of what follows."""


def _printable(text: str) -> str:
    if not re.fullmatch(PRINTABLE, text):
        raise ValueError("must not have line breaks or control characters")
    return text


Text = Annotated[
    str,
    # The pattern for the description only: pydantic's own message would quote it.
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": PRINTABLE}),
    AfterValidator(_printable),
]


class Body(BaseModel):
    """A JSON object with names in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True)

    @classmethod
    def of(cls, record: object, **own: Any) -> Self:  # noqa: ANN401 - as pydantic takes it
        """The body with the values of a record that has the same names; `own` are the others."""
        same = cls.model_fields.keys() - own.keys()
        return cls(**{name: getattr(record, name) for name in same}, **own)


class Problem(Body):
    """Why a call was refused."""

    status: int = Field(examples=[404])
    name: str = Field(examples=["NotFoundError"])
    title: str = Field(examples=["Not Found"])
    detail: str = Field(examples=["there is no such request"])


class RequestParams(Body):
    """What was asked for."""

    dry_run: bool = Field(description="Whether the file is only checked; no patient is written.")


class BulkStarted(Body):
    """A request that waits for its file."""

    request_id: UUID
    status: Status = Field(examples=["waiting"])
    upload_url: str = Field(
        description="PUT the CSV here: once, within 10 minutes, without a key.",
        examples=["https://api.example.com/upload/WzEsIjAxOTN…"],
    )
    facility_id: UUID | None = Field(description="The facility of rows that name none.")
    params: RequestParams
    created_at: datetime


QueryStatus = Literal["processing", "completed", "failed", "not-configured", "opted-out"]


class DocumentQueries(Body):
    """The document queries of a request: one per patient created or updated and not opted out."""

    status: QueryStatus = Field(
        description="`processing` while any is left; then `failed` or `not-configured` where any "
        "is; else `completed`.",
        examples=["completed"],
    )
    total: int = Field(examples=[96])
    processing: int = Field(examples=[0])
    completed: int = Field(examples=[95])
    failed: int = Field(examples=[0])
    not_configured: int = Field(description="Not sent: no endpoint is set up.", examples=[0])
    opted_out: int = Field(description="Not sent: opted out meanwhile.", examples=[1])
    found: int = Field(description="Documents found.", examples=[212])
    fault: str | None = Field(
        description="Why sending pauses, when the endpoint is not well.", examples=[None]
    )


class PatientDocumentQuery(Body):
    """The last document query about a patient."""

    status: QueryStatus = Field(examples=["completed"])
    found: int | None = Field(None, description="Documents found.", examples=[3])
    reason: str | None = Field(None, description="Why it failed or is tried again; a code.")
    request_id: UUID = Field(description="The request that it follows.")


class Progress(Body):
    """How far a file is. Counts are null until known, and final only in the request itself."""

    stages: list[str] = Field(
        description="Done so far, of landed_files, staged_patients, matched_patients, patients "
        "and result_files.",
        examples=[["landed_files", "staged_patients"]],
    )
    total: int | None = Field(description="Rows of the file.", examples=[100])
    failed: int | None = Field(examples=[2])
    created: int | None = Field(examples=[90])
    updated: int | None = Field(examples=[6])
    unchanged: int | None = Field(examples=[2])


class Bulk(Body):
    """A request and how far it is. Counts are null until all rows are decided."""

    request_id: UUID
    status: Status = Field(examples=["completed"])
    reason: str | None = Field(description="Why it failed or was called off.")
    facility_id: UUID | None
    params: RequestParams
    total: int | None = Field(description="Rows of the file.", examples=[100])
    successful: int | None = Field(examples=[98])
    failed: int | None = Field(examples=[2])
    created: int | None = Field(examples=[90])
    updated: int | None = Field(examples=[6])
    unchanged: int | None = Field(examples=[2])
    progress: Progress | None = Field(
        None, description="How far it is; only while it is processing, and not in lists."
    )
    result: str | None = Field(
        description="Link to the result CSV, valid for an hour; each call makes a fresh one.",
        examples=["https://api.example.com/result/WzEsIjAxOTN…"],
    )
    created_at: datetime
    expires_at: datetime = Field(description="Until when a file is waited for.")
    uploaded_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    document_queries: DocumentQueries | None = Field(
        description="Ours. Null until the request is completed."
    )


class Uploaded(Body):
    """The file is here for good."""

    request_id: UUID
    status: Status = Field(examples=["waiting"])


class Page(Body):
    """Where in a list this is."""

    next_page: str | None = Field(
        None, description="The call for what follows; null or left out at the end."
    )
    items_on_page: int


class BulkPage(Body):
    """Requests, the newest first."""

    meta: Page
    requests: list[Bulk]


class NewNamed(Body):
    """What is to be added."""

    name: Text = Field(examples=["Main Street"])


class Named(Body):
    """A facility or a cohort; files refer to it by its id."""

    id: UUID
    name: str = Field(examples=["Main Street"])


class Facilities(Body):
    """All facilities of the account."""

    facilities: list[Named]


class Cohorts(Body):
    """All cohorts of the account."""

    cohorts: list[Named]


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
    """A number that authorities know a patient by."""

    type: Literal["ssn", "driversLicense"]
    value: str
    state: str | None = None


class PatientBody(Body):
    """A patient as imported."""

    id: UUID
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
    document_query: PatientDocumentQuery | None = Field(None, description="Ours.")


class PatientPage(Body):
    """Patients, the first created first."""

    meta: Page
    patients: list[PatientBody]


class AddressToMatch(Body):
    """Of an address, matching looks at the zip."""

    zip: Annotated[str, Field(pattern=r"^\d{5}(-?\d{4})?$", examples=["02101"])]


class PersonToMatch(Body):
    """Demographics of the patient looked for; other fields are ignored."""

    first_name: Text = Field(examples=["Ada"])
    last_name: Text = Field(examples=["Sample"])
    dob: date
    gender_at_birth: Literal["M", "F", "O", "U"]
    address: list[AddressToMatch] | AddressToMatch


class OptOut(Body):
    """Whether documents may be asked for."""

    id: UUID
    hie_opt_out: bool
    message: str = Field(examples=["Patient has been opted out"])


URL = r"^(https?://[^\s@/?#]+([/?#]\S*)?)?$"
"""What an address looks like; gateway/webhooks/allowed_targets.py judges it."""


class NewSettings(Body):
    """What can be set."""

    webhook_url: (
        Annotated[str, Field(max_length=2000, json_schema_extra={"pattern": URL})] | None
    ) = Field(
        description="Where to send webhooks: https, reachable from here. Null or empty for none.",
        examples=["https://app.example.com/rosterline"],
    )


class WebhookTry(Body):
    """One try to deliver one message."""

    message_id: UUID
    request_id: UUID
    status: Status
    number: int = Field(description="1 for the first try.", examples=[1])
    tried_at: datetime
    seconds: float
    http_status: int | None
    fault: str | None = Field(description="Why it was no success.")


class WebhookSettings(Body):
    """Where webhooks go. The signing key is shown by `rosterline key webhook` only."""

    webhook_url: str | None
    webhook_enabled: bool = Field(description="Whether an address is set and answered its ping.")
    webhook_status_detail: str | None = Field(description="Why the last ping failed.")


class WebhookLog(WebhookSettings):
    """Where webhooks go, and the latest tries to deliver one."""

    tries: list[WebhookTry]


class Retried(Body):
    """How many undelivered messages are sent again now."""

    messages: int


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of the errors that a call may answer with, beside those of any call."""
    return {status: {"model": Problem} for status in (400, 401, 429, 503, *statuses)}
