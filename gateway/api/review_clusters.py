"""Several records that may be one person: read, decided about at once, and taken back."""

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter
from psycopg import Connection

from gateway.api.context import Reader, Writer
from gateway.api.models.body import described
from gateway.api.models.review_clusters import (
    ClusterBody,
    DecidedBody,
    JudgedAllDifferent,
    JudgedCluster,
    TakenBack,
)
from gateway.api.models.reviews import Judgement, PairBody
from gateway.api.reviews import PATH as REVIEW
from gateway.api.reviews import reviewer_of, shown
from gateway.api.threads import OneThread
from registry.decisions.clusters import all_different, cluster_of, judge_cluster
from registry.decisions.review_queue import account_of_pair, pairs_among, read_pair
from registry.decisions.take_back import take_back, take_back_cluster
from schemas.errors import NotFound

router = APIRouter(prefix=REVIEW, tags=["Review"], route_class=OneThread)


@router.get("/cluster/{patient}", responses=described(404), response_model_exclude_none=True)
def get_cluster(caller: Reader, patient: UUID) -> ClusterBody:
    """Read the records that open pairs connect with a patient, directly or through others."""
    with caller.as_account() as (connection, account):
        account_of_pair(connection, patient)
        patients = cluster_of(connection, account.id, patient)
        pairs = pairs_among(connection, account.id, patients)
    return ClusterBody(patient_ids=list(patients), pairs=[shown(pair) for pair in pairs])


@router.post("/cluster/same", responses=described(403, 404, 409), response_model_exclude_none=True)
def judge_records(caller: Writer, judged: JudgedCluster) -> DecidedBody:
    """Merge records of one person into the oldest of them; `others` are not that person."""
    with caller.as_account() as (connection, account):
        merges = judge_cluster(connection, reviewer_of(account, judged), judged.same, judged.others)
        said = f"same {_listed(judged.same)}"
        if judged.others:
            said += f"; different {_listed(judged.others)}"
        caller.log(connection, "review", said, by=judged.by)
        merged = [(merge.patient_id, merge.other_patient_id) for merge in merges]
        return _pairs(connection, account.id, [(one, other) for one, other in merged
                                               if one and other])  # fmt: skip


@router.post("/cluster/different", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def keep_records_apart(caller: Writer, judged: JudgedAllDifferent) -> DecidedBody:
    """Close all open pairs of these records: no two of them are one person."""
    with caller.as_account() as (connection, account):
        reviewer = reviewer_of(account, judged)
        pairs = all_different(connection, reviewer, judged.patients, judged.why)
        caller.log(connection, "review", f"different {_listed(judged.patients)}", by=judged.by)
        return _pairs(connection, account.id, [(each.younger.id, each.older.id) for each in pairs])


@router.post("/cluster/{patient}/undo", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def undo_cluster(caller: Writer, patient: UUID, taken_back: TakenBack) -> DecidedBody:
    """Take back what was judged about a patient at one moment, and ask about it again.

    Merges are split, and pairs that were closed are open again.
    """
    with caller.as_account() as (connection, account):
        reviewer = reviewer_of(account, taken_back)
        pairs = take_back_cluster(connection, reviewer, patient, taken_back.at)
        caller.log(
            connection, "review", f"undo of {len(pairs)} pairs of {patient}", by=taken_back.by
        )
        return _pairs(connection, account.id, pairs)


@router.post("/{one}/{other}/undo", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def undo_pair(caller: Writer, one: UUID, other: UUID, judged: Judgement) -> DecidedBody:
    """Take the decision about a pair back, and ask about it again; a merge is split first.

    A pair that nobody had asked about before the decision is none afterwards.
    """
    with caller.as_account() as (connection, account):
        take_back(connection, reviewer_of(account, judged), one, other)
        caller.log(connection, "review", f"undo {one} {other}", by=judged.by)
        return _pairs(connection, account.id, [(one, other)])


def _pairs(
    connection: Connection, account_id: int, ids: Iterable[tuple[UUID, UUID]]
) -> DecidedBody:
    """Those of these pairs that there are."""
    found: list[PairBody] = []
    for one, other in ids:
        try:
            found.append(shown(read_pair(connection, account_id, one, other)))
        except NotFound:
            continue  # asked and judged in the act that was taken back
    return DecidedBody(pairs=found)


def _listed(patients: Iterable[UUID]) -> str:
    return " ".join(map(str, patients))
