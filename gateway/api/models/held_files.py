"""Files that wait for a person."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body


class HeldFileBody(Body):
    """A file unlike the account's usual ones. The counts are what would become of its rows."""

    import_id: UUID
    file_name: str
    received_at: datetime
    held_at: datetime
    reason: str = Field(examples=["400 rows, usually 1,000 (60 % off, up to 30 % is allowed)"])
    created: int | None = Field(examples=[0])
    updated: int | None = Field(examples=[380])
    unchanged: int | None = Field(examples=[20])
    failed: int | None = Field(examples=[0])
    decision: str | None = Field(description="`let_through`, `refused`, or null while it waits.")
    decided_by: str | None
    decided_at: datetime | None


class HeldFiles(Body):
    """All files that wait, the first held first."""

    held_files: list[HeldFileBody]
