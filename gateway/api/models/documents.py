"""Document queries: of a bulk create, and of one patient."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body

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
