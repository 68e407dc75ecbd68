"""Clusters: patients who may all be one person, because open pairs connect them.

    open pairs (A, B), (B, C)   →   one cluster A, B, C: one task for a person

A cluster is worked out from the pairs that are open now and is not stored: each judgement changes
it. The queue asks about a cluster where the first of its pairs stands, and nowhere else.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.asked_pairs import ask
from registry.decisions.decision import Decision
from registry.decisions.judgements import Reviewer, different
from registry.decisions.merge import same
from registry.decisions.review_queue import (
    ALL,
    Chosen,
    Pair,
    Position,
    list_by_score,
    open_ids_by_score,
    open_pairs_of,
    pairs_among,
)
from schemas.errors import NotAllowed

MOST_PATIENTS = 1_000
"""How many patients are followed for a page of pairs; a person would not look at more."""

_MOST_PAIRS_READ = 1_000
_SQL = Statements(__file__)


@dataclass(frozen=True)
class Task:
    """What a person decides at once: a cluster, and the first of its pairs in the queue."""

    pair: Pair
    patients: tuple[UUID, ...]
    """The oldest first; two, unless several records may be one person."""

    @property
    def is_cluster(self) -> bool:
        """Whether it is more than a pair."""
        return len(self.patients) > 2  # noqa: PLR2004 - a pair has two


def clusters_of(
    connection: Connection, account_id: int, patients: Collection[UUID]
) -> dict[UUID, tuple[UUID, ...]]:
    """The cluster of each of these patients, the oldest patient first; alone without open pairs."""
    about = {"account": account_id, "patients": list(patients), "most": MOST_PATIENTS}
    edges = connection.execute(_SQL["find_connected_pairs"], about).fetchall()
    return components(patients, edges)


def cluster_of(connection: Connection, account_id: int, patient: UUID) -> tuple[UUID, ...]:
    """The cluster of a patient, the oldest patient first; alone without open pairs."""
    return clusters_of(connection, account_id, [patient])[patient]


def tasks(pairs: Sequence[Pair], clusters: dict[UUID, tuple[UUID, ...]]) -> list[Pair]:
    """One pair of each cluster, the first in the order of the list."""
    first: dict[tuple[UUID, ...], Pair] = {}
    for pair in pairs:
        first.setdefault(clusters[pair.younger.id], pair)
    return list(first.values())


def list_tasks(
    connection: Connection,
    account_id: int,
    count: int,
    after: Position | None = None,
    chosen: Chosen = ALL,
) -> list[Task]:
    """What waits behind a rank, the highest score first; each cluster is there once."""
    found: list[Task] = []
    wanted = count
    while True:
        pairs = list_by_score(connection, account_id, wanted, after, chosen)
        found += _first_of_clusters(connection, account_id, pairs, chosen)
        if len(found) >= count or len(pairs) < wanted:
            return found[:count]
        # All pairs of a large cluster but the first are passed over, in ever larger strides.
        after, wanted = pairs[-1].rank, min(2 * wanted, _MOST_PAIRS_READ)


def next_task(
    connection: Connection,
    account_id: int,
    after: Position,
    chosen: Chosen = ALL,
    besides: Collection[UUID] = (),
) -> Task | None:
    """The task behind a rank, else the first one; None where no other waits.

    Tasks that name a patient of `besides` are passed over.
    """
    for start in (after, None):
        for task in list_tasks(connection, account_id, 2, start, chosen):
            if not set(task.patients) & set(besides):
                return task
    return None


def judge_cluster(
    connection: Connection,
    reviewer: Reviewer,
    one_person: Collection[UUID],
    others: Collection[UUID] = (),
) -> list[Decision]:
    """Merge some patients of a cluster into the oldest of them; the others are somebody else.

    Whether the others are one person among themselves stays open. The caller commits.
    `registry/decisions/take_back.py` takes all of it back.

    Raises:
        NotFound: the account has no such patient now.
        NotAllowed: fewer than two are named, somebody is named as both, or two of them were judged
            different before.
    """
    if len(set(one_person)) < 2:  # noqa: PLR2004 - a merge is of two
        raise NotAllowed("name at least two patients who are one person")
    if both := set(one_person) & set(others):
        raise NotAllowed(f"patient {min(both)} is named as the same person and as another one")
    lock_account(connection, reviewer.account_id)
    _require_not_different(connection, reviewer, one_person)
    survives, *merged = sorted(set(one_person))
    decisions = []
    for patient in merged:
        ask(connection, reviewer, survives, patient)
        decisions.append(same(connection, reviewer, survives, patient))
    for pair in open_pairs_of(connection, reviewer.account_id, survives):
        if {pair.younger.id, pair.older.id} & set(others):
            different(connection, reviewer, pair.younger.id, pair.older.id)
    return decisions


def all_different(
    connection: Connection, reviewer: Reviewer, patients: Collection[UUID], why: str | None = None
) -> list[Pair]:
    """Close all open pairs of these patients: no two of them are one person. The caller commits.

    Raises:
        NotAllowed: no pair of them is open, or there is no such reason.
    """
    found = pairs_among(connection, reviewer.account_id, patients)
    waiting = [pair for pair in found if pair.state == "open"]
    if not waiting:
        raise NotAllowed("no open pair connects these patients; somebody judged them already")
    return [
        different(connection, reviewer, pair.younger.id, pair.older.id, why) for pair in waiting
    ]


def components(
    patients: Collection[UUID], edges: Iterable[tuple[UUID, UUID]]
) -> dict[UUID, tuple[UUID, ...]]:
    """Connected components: each patient's set is joined with those of its partners."""
    members = {patient: {patient} for patient in patients}
    for edge in edges:
        joined = set().union(*(members.get(patient, {patient}) for patient in edge))
        members.update(dict.fromkeys(joined, joined))
    return {patient: tuple(sorted(members[patient])) for patient in patients}


def _first_of_clusters(
    connection: Connection, account_id: int, pairs: Sequence[Pair], chosen: Chosen
) -> list[Task]:
    """The pairs that come first in their cluster, among those that are chosen."""
    clusters = clusters_of(
        connection, account_id, {side.id for pair in pairs for side in (pair.younger, pair.older)}
    )
    found = [Task(pair, clusters[pair.younger.id]) for pair in pairs]
    members = {patient for task in found if task.is_cluster for patient in task.patients}
    first: dict[tuple[UUID, ...], tuple[UUID, UUID]] = {}
    if members:
        by_patient = {patient: task.patients for task in found for patient in task.patients}
        for ids in open_ids_by_score(connection, account_id, members, chosen):
            first.setdefault(by_patient[ids[0]], ids)
    return [
        task
        for task in found
        if not task.is_cluster or first[task.patients] == (task.pair.younger.id, task.pair.older.id)
    ]


def _require_not_different(
    connection: Connection, reviewer: Reviewer, patients: Collection[UUID]
) -> None:
    for pair in pairs_among(connection, reviewer.account_id, patients):
        if pair.state == "different":
            raise NotAllowed(
                f"patients {pair.older.id} and {pair.younger.id} were judged different, by "
                f"{pair.judged_by}; ask about these two again first"
            )
