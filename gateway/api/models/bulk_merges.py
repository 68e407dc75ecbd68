"""Bulk merges: all pairs above a score, once a sample of them was judged."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body
from gateway.api.models.reviews import Judgement


class DrawnBulkMerge(Judgement):
    """All pairs of at least this score; a sample of them is judged first."""

    from_score: float = Field(ge=-100, le=100, examples=[18.0])
    sample_size: Literal[20, 60, 150] = Field(
        20,
        description="If all of them are the same, at most 14, 5 or 2 of 100 others are not, with "
        "95 % confidence.",
    )


class BulkMergeBody(Body):
    """All pairs above a score, which are merged once a sample of them was judged."""

    id: UUID
    state: Literal["open", "finished", "cancelled"]
    from_score: float
    sample_size: int
    sample_open: int = Field(description="Pairs of the sample that are to be judged.")
    sample_same: int
    sample_different: int = Field(description="One is enough: nothing is merged then.")
    rest: int = Field(description="Pairs that nobody is asked about.")
    merged: int
    left_out: int = Field(description="Judged, moved or scored again meanwhile.")
    left: int
    highest_error: float = Field(
        description="The share of the rest that may be wrong, with 95 % confidence, if the sample "
        "is right."
    )
    refusal: str | None = Field(None, description="Why nothing may be merged now.")
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None


class BulkMerges(Body):
    """Bulk merges, the latest first."""

    bulk_merges: list[BulkMergeBody]
