"""Decisions for many: all pairs above a score are merged, once a sample of them was judged.

    open_bulk_merge   draws the pairs in random order; the first ones are the sample
    (a reviewer)      judges the sample, pair by pair, as any other
    merge_batch       merges some of the rest; is called again until the bulk merge is finished
    cancel            ends it; what is merged stays merged, and each merge can be split

The pairs are fixed when it is opened: what an import brings later was not sampled. One pair of the
sample that is judged different ends all merging, also half-way through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.judgements import Reviewer
from registry.decisions.merge import same
from registry.ids import new_id
from schemas.errors import NotAllowed, NotFound

SAMPLE_SIZES = (20, 60, 150)
"""How many pairs a reviewer may judge first. If all are the same, at most 14, 5 or 2 of 100 others
are not, in 95 of 100 samples: 1 - 0.05 ** (1 / n)."""
BATCH_PAIRS = 25
SHOWN = 20

_SQL = Statements(__file__)


@dataclass(frozen=True)
class BulkMerge:
    """All pairs above a score that one reviewer merges; `pairs` counts them with the sample."""

    id: UUID
    account_id: int
    lowest_weight: float
    sample_size: int
    next_place: int
    state: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    pairs: int
    merged: int
    """By the bulk merge, not by a person who saw the pair."""
    sample_open: int
    sample_same: int
    sample_different: int

    @property
    def rest(self) -> int:
        """The pairs that nobody is asked about."""
        return self.pairs - self.sample_size

    @property
    def left(self) -> int:
        """Those of the rest that were not gone through yet."""
        return self.pairs - self.next_place + 1

    @property
    def left_out(self) -> int:
        """Those that were gone through and not merged: judged, moved or scored again meanwhile."""
        return self.rest - self.left - self.merged

    @property
    def highest_error(self) -> float:
        """The share of the rest that may be wrong, with 95 % confidence, if the sample is right."""
        return float(1 - 0.05 ** (1 / self.sample_size))

    @property
    def refusal(self) -> str | None:
        """Why nothing of the rest may be merged now; None if it may."""
        if self.state != "open":
            return f"this bulk merge is {self.state}"
        if self.sample_different:
            return (
                f"{self.sample_different} of the {self.sample_size} sampled pairs "
                f"{'is' if self.sample_different == 1 else 'are'} different people; choose a "
                "higher score, or judge these pairs one by one"
            )
        if self.sample_open:
            return f"{self.sample_open} of the {self.sample_size} sampled pairs are to be judged"
        if self.sample_same < self.sample_size:
            return "sampled pairs have left the queue without a judgement; draw a new sample"
        return None


def count_mergeable(connection: Connection, account_id: int, lowest_weight: float) -> int:
    """How many open pairs a bulk merge from this score would have."""
    counted = connection.execute(
        f"SELECT count(*) FROM ({_SQL['select_mergeable_pairs']}) AS mergeable",
        {"account": account_id, "lowest": lowest_weight},
    ).fetchall()
    return int(counted[0][0])


def open_bulk_merge(
    connection: Connection, reviewer: Reviewer, lowest_weight: float, sample_size: int
) -> BulkMerge:
    """Draw all pairs from this score in random order; the caller commits.

    Raises:
        NotAllowed: the sample has no such size, or the pairs are not more than a sample.
    """
    if sample_size not in SAMPLE_SIZES:
        raise NotAllowed(f"a sample has {', '.join(map(str, SAMPLE_SIZES))} pairs")
    about = {
        "id": new_id(reviewer.at),
        "account": reviewer.account_id,
        "lowest": lowest_weight,
        "sample": sample_size,
        "at": reviewer.at,
        "by": reviewer.name,
    }
    connection.execute(
        "INSERT INTO bulk_merge (id, account_id, lowest_weight, sample_size, next_place,"
        " created_at, created_by)"
        " VALUES (%(id)s, %(account)s, %(lowest)s, %(sample)s, %(sample)s + 1, %(at)s, %(by)s)",
        about,
    )
    pairs = connection.execute(_with_mergeable("draw_bulk_merge_pairs"), about).rowcount
    if pairs <= sample_size:
        raise NotAllowed(
            f"only {pairs} pairs have a score of {lowest_weight:g} or more; judge them one by one"
        )
    return read_bulk_merge(connection, reviewer.account_id, about["id"])


def read_bulk_merge(connection: Connection, account_id: int, bulk_merge_id: object) -> BulkMerge:
    """The account's bulk merge with this id.

    Raises:
        NotFound: there is none.
    """
    found = _read(connection, "AND bulk_merge.id = %(id)s", account_id, id=bulk_merge_id)
    if not found:
        raise NotFound("there is no such bulk merge")
    return found[0]


def account_of_bulk_merge(connection: Connection, bulk_merge_id: UUID) -> int:
    """Number of the account that a bulk merge is of; for operators, who see all accounts.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(
        "SELECT account_id FROM bulk_merge WHERE id = %s", (bulk_merge_id,)
    ).fetchone()
    if row is None:
        raise NotFound("there is no such bulk merge")
    return int(row[0])


def list_bulk_merges(
    connection: Connection, account_id: int, count: int = SHOWN
) -> list[BulkMerge]:
    """The account's bulk merges, the latest first."""
    order = "ORDER BY bulk_merge.created_at DESC LIMIT %(count)s"
    return _read(connection, order, account_id, count=count)


def merge_batch(
    connection: Connection, reviewer: Reviewer, bulk_merge_id: UUID, count: int = BATCH_PAIRS
) -> BulkMerge:
    """Merge the next pairs, and leave out those that are not what they were; the caller commits.

    Each merge is a decision of its own, in the name of the reviewer who asks for it.

    Raises:
        NotFound: the account has no such bulk merge.
        NotAllowed: the sample is not judged, holds a pair that is different, or all is over.
    """
    bulk = _locked(connection, reviewer, bulk_merge_id)
    if bulk.refusal:
        raise NotAllowed(bulk.refusal)
    about = {
        "account": reviewer.account_id,
        "id": bulk.id,
        "lowest": bulk.lowest_weight,
        "next_place": bulk.next_place,
        "count": count,
    }
    chosen = connection.execute(_with_mergeable("choose_bulk_merge_pairs"), about).fetchall()
    merged = [
        place
        for place, younger, older, is_mergeable in chosen
        if is_mergeable and _is_merged(connection, reviewer, younger, older)
    ]
    connection.execute(
        "UPDATE bulk_merge_pair SET is_merged = TRUE"
        " WHERE bulk_merge_id = %(id)s AND place = ANY(%(merged)s)",
        {"id": bulk.id, "merged": merged},
    )
    next_place = bulk.next_place + len(chosen)
    is_over = next_place > bulk.pairs
    _go_on(connection, reviewer, bulk, next_place, "finished" if is_over else "open")
    return read_bulk_merge(connection, reviewer.account_id, bulk.id)


def cancel(connection: Connection, reviewer: Reviewer, bulk_merge_id: UUID) -> BulkMerge:
    """End a bulk merge that is open; the rest of its pairs stays in the queue.

    Raises:
        NotFound: the account has no such bulk merge.
        NotAllowed: it is over already.
    """
    bulk = _locked(connection, reviewer, bulk_merge_id)
    if bulk.state != "open":
        raise NotAllowed(f"this bulk merge is {bulk.state} already")
    _go_on(connection, reviewer, bulk, bulk.next_place, "cancelled")
    return read_bulk_merge(connection, reviewer.account_id, bulk.id)


def _is_merged(connection: Connection, reviewer: Reviewer, younger: UUID, older: UUID) -> bool:
    """Merge a pair; a pair that may not be merged changes nothing."""
    try:
        with connection.transaction():
            same(connection, reviewer, younger, older)
    except NotAllowed:
        return False
    return True


def _locked(connection: Connection, reviewer: Reviewer, bulk_merge_id: UUID) -> BulkMerge:
    """The bulk merge, on which nobody else works until the transaction ends."""
    # Merges take the account's lock; who takes it second must not hold what the first waits for.
    lock_account(connection, reviewer.account_id)
    return read_bulk_merge(connection, reviewer.account_id, bulk_merge_id)


def _go_on(
    connection: Connection, reviewer: Reviewer, bulk: BulkMerge, next_place: int, state: str
) -> None:
    connection.execute(
        "UPDATE bulk_merge SET next_place = %(next)s, state = %(state)s, ended_at = %(ended)s"
        " WHERE id = %(id)s",
        {
            "next": next_place,
            "state": state,
            "ended": None if state == "open" else reviewer.at,
            "id": bulk.id,
        },
    )


def _with_mergeable(name: str) -> str:
    return _SQL[name].format(select_mergeable_pairs=_SQL["select_mergeable_pairs"])


def _read(connection: Connection, where: str, account_id: int, **about: object) -> list[BulkMerge]:
    values: Mapping[str, object] = {"account": account_id, **about}
    with connection.cursor(row_factory=class_row(BulkMerge)) as cursor:
        return cursor.execute(f"{_SQL['select_bulk_merges']} {where}", values).fetchall()
