"""Pairs of patients who may be one person: listed, read with their evidence, decided about.

Each decision is in the activity log, with the name of the key and of who decides.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from psycopg import Connection

from gateway.api.context import AuthenticatedCaller, Reader, Writer, now
from gateway.api.models.body import Page, described
from gateway.api.models.reviews import (
    AskedPair,
    EvidenceBody,
    JudgedDifferent,
    Judgement,
    PairBody,
    PairPage,
    ScoreBody,
    SideBody,
)
from gateway.api.paging import Count
from gateway.api.threads import OneThread
from gateway.http.page_marks import mark_of, position_of
from registry.accounts.accounts import Account
from registry.decisions.asked_pairs import ask
from registry.decisions.clusters import Task, list_tasks
from registry.decisions.judgements import Reviewer
from registry.decisions.judgements import ask_again as ask_again_about
from registry.decisions.judgements import different as are_different
from registry.decisions.merge import same as are_same
from registry.decisions.patient_summaries import PatientSummary
from registry.decisions.review_queue import (
    Chosen,
    Pair,
    Which,
    list_pairs,
    read_pair,
)
from registry.decisions.split import split as split_pair

PATH = "/medical/v1/review"
router = APIRouter(prefix=PATH, tags=["Review"], route_class=OneThread)

Band = Literal["very likely", "likely", "possible"]
Reason = Annotated[str | None, Query(max_length=100, description="As pairs have it.")]
OfImport = Annotated[
    UUID | None, Query(alias="importId", description="Only pairs that this import asks about.")
]
FoundFrom = Annotated[
    datetime | None, Query(alias="foundFrom", description="Only pairs found since then.")
]
OfSample = Annotated[
    UUID | None,
    Query(alias="bulkMergeId", description="Only pairs of the sample of this bulk merge."),
]
Mark = Annotated[str, Query(alias="fromItem", max_length=200, description="As `nextPage` has it.")]


@router.get("", responses=described(404), response_model_exclude_none=True)
def list_queue(  # noqa: PLR0913 - a filter each
    caller: Reader,
    *,
    state: Annotated[
        Literal["open", "judged"], Query(description="Pairs that wait, or that were decided.")
    ] = "open",
    band: Annotated[Band | None, Query(description="Only pairs whose score is called so.")] = None,
    reason: Reason = None,
    import_id: OfImport = None,
    found_from: FoundFrom = None,
    bulk_merge_id: OfSample = None,
    count: Count = 100,
    from_item: Mark = "",
) -> PairPage:
    """List pairs that wait, the highest score first; or judged ones, the latest first.

    Several records that may be one person are one task: it is listed once, with all its records.
    """
    chosen = Chosen(reason, band, import_id, found_from, sample_of=bulk_merge_id)
    after = position_of(from_item, state)
    with caller.as_account() as (connection, account):
        if state == "open":
            found = list_tasks(connection, account.id, count + 1, after, chosen)
        else:
            pairs = list_pairs(connection, account.id, state, count + 1, after, chosen)
            found = [Task(pair, ()) for pair in pairs]
    asked = {
        "state": state,
        "band": band,
        "reason": reason,
        "importId": import_id,
        "foundFrom": found_from and found_from.isoformat(),
        "bulkMergeId": bulk_merge_id,
    }
    url = f"{caller.context.settings.api_url}{PATH}"
    return PairPage(
        meta=_page(url, found, count, state, asked),
        pairs=[
            shown(task.pair, list(task.patients) if task.is_cluster else None)
            for task in found[:count]
        ],
    )


@router.post("", responses=described(403, 404, 409), response_model_exclude_none=True)
def ask_about(caller: Writer, asked: AskedPair) -> PairBody:
    """Put two patients of your choice into the queue: they may be one person."""

    def act(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> object:
        return ask(connection, reviewer, one, other)

    return _decided(caller, "ask", act, asked.patient_id, asked.other_patient_id, asked)


@router.get("/{one}/{other}", responses=described(404), response_model_exclude_none=True)
def get_pair(caller: Reader, one: UUID, other: UUID) -> PairBody:
    """Read a pair, in whichever order its patients are named."""
    with caller.as_account() as (connection, account):
        return shown(read_pair(connection, account.id, one, other))


@router.post("/{one}/{other}/same", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def judge_same(caller: Writer, one: UUID, other: UUID, judged: Judgement) -> PairBody:
    """Merge the two: the older patient stays, and the younger one's id leads to it."""
    return _decided(caller, "same", are_same, one, other, judged)


@router.post("/{one}/{other}/different", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def judge_different(caller: Writer, one: UUID, other: UUID, judged: JudgedDifferent) -> PairBody:
    """Keep the two apart; no later file asks about them."""

    def act(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
        return are_different(connection, reviewer, one, other, judged.why)

    return _decided(caller, "different", act, one, other, judged)


@router.post("/{one}/{other}/ask-again", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def ask_again(caller: Writer, one: UUID, other: UUID, judged: Judgement) -> PairBody:
    """Put a pair that was judged different into the queue again."""
    return _decided(caller, "ask-again", ask_again_about, one, other, judged)


@router.post("/{one}/{other}/split", responses=described(403, 404, 409),
             response_model_exclude_none=True)  # fmt: skip
def split(caller: Writer, one: UUID, other: UUID, judged: Judgement) -> PairBody:
    """Take a merge back: there are two patients again, and they count as different."""
    return _decided(caller, "split", split_pair, one, other, judged)


def reviewer_of(account: Account, judged: Judgement) -> Reviewer:
    """Who decides, as the history shows them: `rita@clinic.example (API)`."""
    return Reviewer(account.id, f"{judged.by} (API)", now())


def _decided(
    caller: AuthenticatedCaller,
    what: str,
    act: Callable[[Connection, Reviewer, UUID, UUID], object],
    one: UUID,
    other: UUID,
    judged: Judgement,
) -> PairBody:
    with caller.as_account() as (connection, account):
        act(connection, reviewer_of(account, judged), one, other)
        caller.log(connection, "review", f"{what} {one} {other}", by=judged.by)
        return shown(read_pair(connection, account.id, one, other))


def _page(
    url: str, found: Sequence[Task], count: int, which: Which, asked: Mapping[str, object]
) -> Page:
    if len(found) <= count:
        return Page(items_on_page=len(found))
    given = {name: value for name, value in asked.items() if value is not None}
    query = urlencode({"count": count, **given, "fromItem": mark_of(found[count - 1].pair, which)})
    return Page(next_page=f"{url}?{query}", items_on_page=count)


def shown(pair: Pair, cluster: list[UUID] | None = None) -> PairBody:
    """A pair as the API shows it, with the records of its cluster if there are several."""
    return PairBody.of(
        pair,
        cluster=cluster,
        older=_side(pair.older),
        younger=_side(pair.younger),
        score=_score(pair),
        found_at=pair.created_at,
    )


def _side(side: PatientSummary) -> SideBody:
    return SideBody.of(
        side, patient_id=side.id, in_registry=side.is_there, identifiers=dict(side.identifiers)
    )


def _score(pair: Pair) -> ScoreBody | None:
    if pair.weight is None:
        return None
    evidence = [EvidenceBody.of(line, said=line.sentence) for line in pair.evidence]
    return ScoreBody.of(pair, evidence=evidence)
