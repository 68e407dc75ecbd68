"""Pairs of patients who may be one person: read, and decided about."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body, Page, Text

Why = Literal["twins", "relatives", "other"]


class SideBody(Body):
    """A patient of a pair. One who is not in the registry has the values that were last known."""

    patient_id: UUID
    in_registry: bool
    first_name: str = Field(examples=["Ada"])
    last_name: str = Field(examples=["Sample"])
    birth: str = Field(examples=["1980-02-01"], description="The date, or only the year.")
    gender: str = Field(examples=["F"])
    identifiers: dict[str, str] = Field(examples=[{"ehr": "E-1"}])


class EvidenceBody(Body):
    """One field of a pair: how alike its values are, and what that weighs."""

    field: str = Field(examples=["phone"])
    level: str = Field(examples=["same"])
    weight: float = Field(examples=[8.1], description="log2 of the odds; below 0 it is against.")
    said: str = Field(examples=["phone the same: strong for"])


class ScoreBody(Body):
    """How likely the two are one person."""

    weight: float = Field(examples=[18.5], description="log2 of the odds.")
    probability: float = Field(examples=[0.9999])
    band: Literal["very likely", "likely", "possible"]
    model: str | None = None
    evidence: list[EvidenceBody] = Field(description="The heaviest first.")


class PairBody(Body):
    """Two patients who may be one person. A merge keeps the older one's id."""

    older: SideBody
    younger: SideBody
    state: Literal["open", "same", "different", "moved"] = Field(
        description="`moved`: one of the two was merged into somebody else; another pair asks."
    )
    reason: str = Field(examples=["similar"])
    score: ScoreBody | None = Field(
        None, description="None before the search, and where something forbids that they are one."
    )
    import_id: UUID
    file_name: str | None = None
    line: int
    cluster: list[UUID] | None = Field(
        None,
        description="Of an open pair of several records that may be one person: all their ids.",
    )
    found_at: datetime
    judged_at: datetime | None = None
    judged_by: str | None = None
    why_different: Why | None = None


class PairPage(Body):
    """Pairs: open ones by score, the highest first; judged ones the latest first.

    Several records that may be one person are listed once, by the first of their pairs.
    """

    meta: Page
    pairs: list[PairBody]


class Judgement(Body):
    """Who decides."""

    by: Text = Field(examples=["rita@clinic.example"])


class JudgedDifferent(Judgement):
    """Who decides, and why the two are different people, if they want to say."""

    why: Why | None = None


class AskedPair(Judgement):
    """Two patients of somebody's choice who may be one."""

    patient_id: UUID
    other_patient_id: UUID
