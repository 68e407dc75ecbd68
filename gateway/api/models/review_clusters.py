"""Several records that may be one person: read, and decided about at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body
from gateway.api.models.reviews import JudgedDifferent, Judgement, PairBody

Patients = Annotated[list[UUID], Field(max_length=100)]


class JudgedCluster(Judgement):
    """Which of several records are one person, and which are not that person."""

    same: Patients = Field(description="The records of one person: all are merged into the oldest.")
    others: Patients = Field(
        default=[],
        description="Records that are not that person. Whether they are one among themselves "
        "stays open.",
    )


class JudgedAllDifferent(JudgedDifferent):
    """Records that belong to different people, each to another one."""

    patients: Patients


class ClusterBody(Body):
    """Records that may be one person, the oldest first, and the pairs between them.

    Open pairs, and pairs that were judged different.
    """

    patient_ids: list[UUID]
    pairs: list[PairBody]


class DecidedBody(Body):
    """The pairs that a decision was about, as they are now."""

    pairs: list[PairBody]


class TakenBack(Judgement):
    """Who takes a decision back, and which one."""

    at: datetime | None = Field(
        None, description="`judgedAt` of its pairs; without it, the last one about this patient."
    )
