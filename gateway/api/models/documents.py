"""Document queries: of a bulk create, and of one patient."""

from typing import Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body
from gateway.api.models.input import Input, unsupported
from registry.documents.progress import DocumentQuery

QueryStatus = Literal["processing", "completed", "failed", "not-configured", "opted-out"]


class DocumentQueries(Body):
    """The document queries of a request: one per patient created or updated and not opted out."""

    status: QueryStatus = Field(
        description="`processing` while any query is left; then `failed` or `not-configured` if "
        "any query is; else `completed`.",
        examples=["completed"],
    )
    total: int = Field(examples=[96])
    processing: int = Field(examples=[0])
    completed: int = Field(examples=[95])
    failed: int = Field(examples=[0])
    not_configured: int = Field(description="Not sent: no endpoint is set up.", examples=[0])
    opted_out: int = Field(
        description="Not sent: the patient opted out in the meantime.", examples=[1]
    )
    found: int = Field(description="Documents found.", examples=[212])
    fault: str | None = Field(
        description="Why sending pauses, if the endpoint does not work.", examples=[None]
    )


class PatientDocumentQuery(Body):
    """The last document query about a patient."""

    status: QueryStatus = Field(examples=["completed"])
    found: int | None = Field(None, description="Documents found.", examples=[3])
    reason: str | None = Field(None, description="Why it failed or is tried again; a code.")
    request_id: UUID = Field(description="The request that it follows.")


class StartQuery(Input):
    """Options of a query; there are none here."""

    UNSUPPORTED: ClassVar[dict[str, str]] = {
        "metadata": "no webhook follows a document query, which could bring it",
        "hie": "there is one endpoint for documents, and none can be excluded",
    }

    metadata: Any = unsupported()
    hie: Any = unsupported()


class Download(Body):
    """How far a query is, as Metriport has it; `total` and `successful` count documents found."""

    status: Literal["processing", "completed", "failed"]
    total: int | None = Field(None, examples=[3])
    successful: int | None = Field(None, examples=[3])
    errors: int | None = Field(None, examples=[0])


class DocumentQueryBody(Body):
    """The last document query about a patient; empty if there was none."""

    download: Download | None = None
    request_id: UUID | None = Field(None, description="The request that it follows.")
    reason: str | None = Field(
        None,
        description="An addition of Rosterline: why it failed or is tried again, a code; "
        "`opted-out` and `not-configured` where it was not sent.",
    )

    @classmethod
    def shown(cls, query: DocumentQuery | None) -> Self:
        """The body of a query."""
        if query is None:
            return cls()
        status: Literal["processing", "completed", "failed"] = "failed"
        if query.state in ("processing", "completed"):
            status = query.state  # type: ignore[assignment]
        counts: dict[str, int | None] = {}
        if status != "processing":
            found = query.found or 0
            counts = {"total": found, "successful": found, "errors": int(status == "failed")}
        unsent = query.state if query.state in ("opted-out", "not-configured") else None
        return cls(
            download=Download(status=status, **counts),
            request_id=query.import_id,
            reason=query.reason or unsent,
        )


class Documents(Body):
    """Documents: references of FHIR R4, or Metriport's short form of them."""

    documents: list[dict[str, Any]]
