"""Decisions for many pairs, and how good the scores turned out to be.

draw ─▶ judge the sample, pair by pair (gateway/api/reviews.py) ─▶ merge, batch by batch
"""

import math
from uuid import UUID

from fastapi import APIRouter

from gateway.api.context import Reader, Writer
from gateway.api.models.body import described
from gateway.api.models.bulk_merges import BulkMergeBody, BulkMerges, DrawnBulkMerge
from gateway.api.models.review_scores import RangeBody, ScoresBody, ThresholdsBody
from gateway.api.models.reviews import Judgement
from gateway.api.reviews import PATH as REVIEW
from gateway.api.reviews import reviewer_of
from gateway.api.threads import OneThread
from registry.decisions import bulk_merges
from registry.decisions.bulk_merges import BulkMerge
from registry.decisions.decided_scores import DecidedRange, decided_by_score, thresholds_of
from registry.decisions.score_bands import BANDS

router = APIRouter(prefix=REVIEW, tags=["Review"], route_class=OneThread)


@router.get("/scores", responses=described(), response_model_exclude_none=True)
def get_scores(caller: Reader) -> ScoresBody:
    """See how many of the pairs that people judged were one person, by score."""
    with caller.as_account() as (connection, account):
        ranges = decided_by_score(connection, account.id)
        thresholds = thresholds_of(connection, account)
    bands = {band: lowest for band, lowest in BANDS.items() if math.isfinite(lowest)}
    return ScoresBody(
        ranges=[_range(each) for each in ranges],
        thresholds=ThresholdsBody.of(thresholds, bands=bands),
    )


@router.post("/bulk", responses=described(403, 409), response_model_exclude_none=True)
def draw_bulk_merge(caller: Writer, drawn: DrawnBulkMerge) -> BulkMergeBody:
    """Fix all pairs from a score, in random order, and draw the sample that is judged first.

    `GET /medical/v1/review?bulkMergeId=…` lists the pairs of the sample that are to be judged.
    """
    with caller.as_account() as (connection, account):
        bulk = bulk_merges.open_bulk_merge(
            connection, reviewer_of(account, drawn), drawn.from_score, drawn.sample_size
        )
        said = f"bulk merge {bulk.id} from {drawn.from_score:g}"
        caller.log(connection, "review", said, by=drawn.by)
    return _shown(bulk)


@router.get("/bulk", responses=described(), response_model_exclude_none=True)
def list_bulk_merges(caller: Reader) -> BulkMerges:
    """List the latest bulk merges."""
    with caller.as_account() as (connection, account):
        found = bulk_merges.list_bulk_merges(connection, account.id)
    return BulkMerges(bulk_merges=[_shown(each) for each in found])


@router.get("/bulk/{bulk_merge_id}", responses=described(404), response_model_exclude_none=True)
def get_bulk_merge(caller: Reader, bulk_merge_id: UUID) -> BulkMergeBody:
    """See how far a bulk merge is, and what stands in its way."""
    with caller.as_account() as (connection, account):
        return _shown(bulk_merges.read_bulk_merge(connection, account.id, bulk_merge_id))


@router.post("/bulk/{bulk_merge_id}/merge", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def merge_batch(caller: Writer, bulk_merge_id: UUID, judged: Judgement) -> BulkMergeBody:
    """Merge the next 25 pairs. Call it again until the state is `finished`.

    Each merge can be split by itself. What was judged, moved or scored again meanwhile is left out.
    """
    with caller.as_account() as (connection, account):
        before = bulk_merges.read_bulk_merge(connection, account.id, bulk_merge_id)
        bulk = bulk_merges.merge_batch(connection, reviewer_of(account, judged), bulk_merge_id)
        said = f"bulk merge {bulk.id}: {bulk.merged - before.merged} pairs the same"
        caller.log(connection, "review", said, by=judged.by)
    return _shown(bulk)


@router.post("/bulk/{bulk_merge_id}/cancel", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def cancel_bulk_merge(caller: Writer, bulk_merge_id: UUID, judged: Judgement) -> BulkMergeBody:
    """Leave the rest in the queue. What is merged stays merged."""
    with caller.as_account() as (connection, account):
        bulk = bulk_merges.cancel(connection, reviewer_of(account, judged), bulk_merge_id)
        caller.log(connection, "review", f"bulk merge {bulk.id} cancelled", by=judged.by)
    return _shown(bulk)


def _shown(bulk: BulkMerge) -> BulkMergeBody:
    return BulkMergeBody.of(bulk, from_score=bulk.lowest_weight)


def _range(each: DecidedRange) -> RangeBody:
    lowest, highest = (
        limit if math.isfinite(limit) else None for limit in (each.lowest, each.highest)
    )
    return RangeBody.of(each, from_score=lowest, below_score=highest)
