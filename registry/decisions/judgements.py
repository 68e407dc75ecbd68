"""What a reviewer says about a pair, and what every judgement has in common.

    different   closes an open pair; `ask_again` opens it once more
    same        `registry/decisions/merge.py`: the younger patient is merged into the older one
    split       `registry/decisions/split.py`: takes a merge back

Who judges a pair that somebody else is judging waits, and is then told. The caller commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.decisions.change_sets import (
    Decision,
    open_change_set,
    record_decision,
    write_change_set,
)
from registry.decisions.review_queue import Pair, read_pair
from registry.decisions.survivorship import Changes
from registry.ids import new_id
from registry.patients.merged_ids import survivor_of
from schemas.errors import NotAllowed


@dataclass(frozen=True)
class Reviewer:
    """Who decides, for which account, and when."""

    account_id: int
    name: str
    at: datetime


def different(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """Close an open pair; nothing else changes, and no file opens it again.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: somebody judged it before.
    """
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "open")
    put_state(connection, pair, "different", by=reviewer)
    return pair


def ask_again(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """Put a pair that was judged different into the queue again.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: it was not judged different, or one of the two is not in the registry now.
    """
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "different")
    for each in (pair.younger, pair.older):
        if not each.is_there:
            raise NotAllowed(f"patient {each.id} {where_gone(connection, reviewer, each.id)}")
    put_state(connection, pair, "open")
    return pair


def locked_pair(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """The pair of these two, which nobody else can judge until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    connection.execute(
        "SELECT FROM review WHERE account_id = %(account)s AND (patient_id, other_patient_id)"
        " IN ((%(one)s, %(other)s), (%(other)s, %(one)s)) FOR UPDATE",
        {"account": reviewer.account_id, "one": one, "other": other},
    )
    return read_pair(connection, reviewer.account_id, one, other)


def require_state(pair: Pair, state: str) -> None:
    """Check that a pair is where the reviewer saw it.

    Raises:
        NotAllowed: it is not; the message says who was faster, and when.
    """
    if pair.state == state:
        return
    if pair.state == "moved":
        raise NotAllowed(
            "one of these two was merged into another patient since; the queue asks about that "
            "patient instead"
        )
    if pair.state == "open":
        raise NotAllowed("this pair is not judged yet")
    raise NotAllowed(
        f"this pair was judged {pair.state!r} already, by {pair.judged_by} on "
        f"{pair.judged_at:%Y-%m-%d at %H:%M} UTC"
    )


def put_state(
    connection: Connection,
    pair: Pair,
    state: str,
    *,
    by: Reviewer | None = None,
    merge: UUID | None = None,
) -> None:
    """Give a pair another state, with who judged it and the merge that it led to."""
    connection.execute(
        "UPDATE review SET state = %s, judged_at = %s, judged_by = %s, closed_by = %s"
        " WHERE patient_id = %s AND other_patient_id = %s",
        (
            state,
            by.at if by else None,
            by.name if by else None,
            merge,
            pair.younger.id,
            pair.older.id,
        ),
    )


def decide(reviewer: Reviewer, kind: str, pair: Pair) -> Decision:
    """A merge or a split of this pair, of which nothing is written yet."""
    return Decision(
        new_id(reviewer.at),
        reviewer.account_id,
        kind,
        reviewer.name,
        reviewer.at,
        patient_id=pair.older.id,
        other_patient_id=pair.younger.id,
    )


def write_decision(
    connection: Connection, decision: Decision, changes: Mapping[UUID, Changes]
) -> Decision:
    """Write a decision's change set, by patient, and keep the decision with what it came to."""
    open_change_set(connection)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO fact_change (patient_id, address, old, new, place)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                (patient, address, *values, place)
                for patient, of_patient in changes.items()
                for place, (address, values) in enumerate(of_patient.items())
            ],
        )
    written = write_change_set(connection, decision.account_id, decision.id, decision.decided_at)
    kept = replace(
        decision, changed=written.changed, removed=written.removed, restored=written.restored
    )
    record_decision(connection, kept)
    return kept


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """(old, new) of each address whose value differs."""
    return {
        address: (before.get(address), after.get(address))
        for address in dict.fromkeys((*before, *after))
        if before.get(address) != after.get(address)
    }


def where_gone(connection: Connection, reviewer: Reviewer, patient_id: UUID) -> str:
    """What became of a patient who is not in the registry, for a message."""
    survivor = survivor_of(connection, reviewer.account_id, patient_id)
    if survivor != patient_id:
        return f"was merged into patient {survivor} since"
    return "is not in the registry any more"
