"""Bulk patient create: requests, their progress, and uploads."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body, Page, Status
from gateway.api.models.documents import DocumentQueries


class RequestParams(Body):
    """The options of a request."""

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


class Progress(Body):
    """How far a file is. Counts are null until known; only those of the request are final."""

    stages: list[str] = Field(
        description="The stages that are done, of landed_files, staged_patients, "
        "matched_patients, patients and result_files.",
        examples=[["landed_files", "staged_patients"]],
    )
    total: int | None = Field(description="Rows of the file.", examples=[100])
    failed: int | None = Field(examples=[2])
    created: int | None = Field(examples=[90])
    updated: int | None = Field(examples=[6])
    unchanged: int | None = Field(examples=[2])


class MemberBody(Body):
    """A roster in an archive, which is a request of its own."""

    request_id: UUID
    name: str = Field(description="In the archive.", examples=["north/clinic.csv"])
    status: Status = Field(examples=["completed"])
    total: int | None
    failed: int | None


class Bulk(Body):
    """A request and how far it is. Counts are null until all rows are decided."""

    request_id: UUID
    status: Status = Field(examples=["completed"])
    reason: str | None = Field(
        description="Why it failed, was cancelled, or waits for a person while it is processing."
    )
    facility_id: UUID | None
    params: RequestParams
    total: int | None = Field(description="Rows of the file.", examples=[100])
    successful: int | None = Field(examples=[98])
    failed: int | None = Field(examples=[2])
    created: int | None = Field(examples=[90])
    updated: int | None = Field(examples=[6])
    unchanged: int | None = Field(examples=[2])
    progress: Progress | None = Field(
        None, description="How far the file is; only while it is processing, and not in lists."
    )
    result: str | None = Field(
        description="Link to the result CSV, valid for an hour; each call makes a new one.",
        examples=["https://api.example.com/result/WzEsIjAxOTN…"],
    )
    created_at: datetime
    expires_at: datetime = Field(description="When the request expires if no file has come.")
    uploaded_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    document_queries: DocumentQueries | None = Field(
        description="An addition of Rosterline. Null until the request is completed."
    )
    archive_id: UUID | None = Field(
        None,
        description="An addition of Rosterline: the request of the zip archive in which this is a "
        "member. Its file came with the archive.",
    )
    members: list[MemberBody] = Field(
        [],
        description="An addition of Rosterline, not in lists: the rosters in a zip archive of "
        "several. Each is a request with a result of its own; the counts of the archive are those "
        "of all of them, and it is processing until all of them are over.",
    )
    linked: int | None = Field(
        None,
        description="An addition of Rosterline, not in lists: new patients who were linked to "
        "stored ones automatically, after the result was written.",
    )


class BulkPage(Body):
    """Requests, the newest first."""

    meta: Page
    requests: list[Bulk]


class LinkBody(Body):
    """A row whose new patient was linked to a stored one, whose id holds from then on."""

    line: int = Field(description="Of the file; the header is line 1.", examples=[17])
    patient_id: UUID = Field(description="The id that the result has; it leads to `linkedTo`.")
    linked_to: UUID
    score: float = Field(examples=[31.4], description="log2 of the odds that they are one.")
    by: str
    at: datetime


class LinkPage(Body):
    """Automatic links in the order of the rows."""

    meta: Page
    links: list[LinkBody]


class Uploaded(Body):
    """The file is received and stored."""

    request_id: UUID
    status: Status = Field(examples=["waiting"])
