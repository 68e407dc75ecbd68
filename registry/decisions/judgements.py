"""What a reviewer decides about a pair, and what all these decisions have in common.

    different   closes an open pair; `ask_again` opens it once more
    same        `registry/decisions/merge.py`: the younger patient is merged into the older one
    split       `registry/decisions/split.py`: takes a merge back

Of two reviewers who judge one pair at the same time, the second waits for the first and then gets
`NotAllowed`, with the name of the first. The caller commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.decisions.change_sets import open_change_set, write_change_set
from registry.decisions.decision import Decision, record_decision
from registry.decisions.review_queue import Pair, read_pair
from registry.decisions.survivorship import SHOWN_ONCE, Changes
from registry.ids import new_id
from registry.patients.merged_ids import surviving_patient
from registry.tables.enums import DIFFERENCES
from schemas.canonical import MATCHING_SYSTEMS
from schemas.errors import NotAllowed

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Reviewer:
    """Who decides, for which account, and when; `is_automatic` where it is a threshold."""

    account_id: int
    name: str
    at: datetime
    is_automatic: bool = False


def different(
    connection: Connection, reviewer: Reviewer, one: UUID, other: UUID, why: str | None = None
) -> Pair:
    """Close an open pair; nothing else changes, and no file opens it again.

    `why` is one of `DIFFERENCES`, and shown with the pair from then on.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: the pair was judged before, or there is no such reason.
    """
    if why is not None and why not in DIFFERENCES:
        raise NotAllowed(f"{why!r} is none of the reasons: {', '.join(DIFFERENCES)}")
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "open")
    set_pair_state(connection, pair, "different", by=reviewer, why=why)
    return pair


def ask_again(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """Put a pair that was judged different into the queue again.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: it was not judged different, or one of the two is not in the registry now.
    """
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "different")
    for patient in (pair.younger, pair.older):
        if not patient.is_there:
            raise NotAllowed(
                f"patient {patient.id} {what_became_of(connection, reviewer, patient.id)}"
            )
    set_pair_state(connection, pair, "open")
    return pair


def locked_pair(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Pair:
    """The pair of these two, which nobody else can judge until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    about = {"account": reviewer.account_id, "one": one, "other": other}
    connection.execute(_SQL["lock_pair"], about)
    return read_pair(connection, reviewer.account_id, one, other)


def require_state(pair: Pair, state: str) -> None:
    """Check that a pair is in the state in which the reviewer saw it.

    Raises:
        NotAllowed: it is not; the message says who judged it first, and when.
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


def set_pair_state(
    connection: Connection,
    pair: Pair,
    state: str,
    *,
    by: Reviewer | None = None,
    merge: UUID | None = None,
    why: str | None = None,
) -> None:
    """Give a pair another state, with who judged it, the merge that it led to, and why it is so."""
    connection.execute(
        _SQL["set_pair_state"],
        {
            "state": state,
            "at": by.at if by else None,
            "by": by.name if by else None,
            "why": why,
            "merge": merge,
            "younger": pair.younger.id,
            "older": pair.older.id,
        },
    )


def new_decision(reviewer: Reviewer, kind: str, pair: Pair) -> Decision:
    """A merge or a split of this pair, with nothing written yet."""
    return Decision(
        new_id(reviewer.at),
        reviewer.account_id,
        kind,
        reviewer.name,
        reviewer.at,
        patient_id=pair.older.id,
        other_patient_id=pair.younger.id,
        is_automatic=reviewer.is_automatic,
    )


def write_decision(
    connection: Connection, decision: Decision, changes: Mapping[UUID, Changes]
) -> Decision:
    """Write a decision's change set, by patient, and the decision with the counts of patients."""
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
    counted = replace(
        decision, changed=written.changed, removed=written.removed, restored=written.restored
    )
    record_decision(connection, counted)
    return counted


def require_free_identifiers(
    connection: Connection,
    reviewer: Reviewer,
    patient_id: UUID,
    given: Mapping[str, str],
    *,
    beside: UUID | None = None,
) -> None:
    """Check that no third patient has an identifier that a patient is given, address → value.

    Raises:
        NotAllowed: a patient who is neither this one nor the one `beside` has one.
    """
    systems = ", ".join(f"'{system}'" for system in MATCHING_SYSTEMS)
    find_third_holder = _SQL["find_third_holder"].format(systems=systems)
    for address in SHOWN_ONCE:
        item = address.split("/")[1]
        if item not in MATCHING_SYSTEMS or address not in given:
            continue
        row = connection.execute(find_third_holder, {
            "account": reviewer.account_id, "item": item, "value": given[address],
            "holders": [patient_id, beside],
        }).fetchone()  # fmt: skip
        if row is not None:
            raise NotAllowed(
                f"the {item} identifier of patient {patient_id} belongs to patient {row[0]} "
                "by now; find out whose it is first"
            )


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """(old, new) of each address whose value differs.

    {city: Rome, score: 1}, {city: Oslo}   →   {city: (Rome, Oslo), score: (1, None)}
    """
    return {
        address: (before.get(address), after.get(address))
        for address in dict.fromkeys((*before, *after))
        if before.get(address) != after.get(address)
    }


def what_became_of(connection: Connection, reviewer: Reviewer, patient_id: UUID) -> str:
    """What became of a patient who is not in the registry, for a message."""
    surviving = surviving_patient(connection, reviewer.account_id, patient_id)
    if surviving != patient_id:
        return f"was merged into patient {surviving} since"
    return "is not in the registry any more"
