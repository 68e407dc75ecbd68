"""Merging: the younger patient of a pair goes into the older one (docs/decisions/011).

One change set takes everything from the younger patient and gives the older one what is lacking;
which values stand is worked out in `registry/decisions/survivorship.py`. Identifiers that are not
shown become aliases, so that the next file finds the patient by either.
"""

from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.decisions.change_sets import Decision
from registry.decisions.judgements import (
    Reviewer,
    changes_between,
    decide,
    locked_pair,
    put_state,
    require_state,
    write_decision,
)
from registry.decisions.merge_transfers import (
    hand_aliases_over,
    hand_queries_over,
    keep_alias,
    move_pairs,
)
from registry.decisions.survivorship import aliases, combined
from registry.patients.history import Record, read_record
from registry.patients.last_asserted import Facts, asserted_facts
from registry.patients.merged_ids import merged_into


def same(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Decision:
    """Judge an open pair the same: merge the younger patient into the older one.

    The caller commits.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: somebody judged it before.
    """
    lock_account(connection, reviewer.account_id)
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "open")
    older, younger = (
        told_of(connection, reviewer.account_id, read_record(connection, reviewer.account_id, each))
        for each in (pair.older.id, pair.younger.id)
    )
    decision = decide(reviewer, "merge", pair)
    put_state(connection, pair, "same", by=reviewer, merge=decision.id)
    move_pairs(connection, decision)
    hand_aliases_over(connection, decision)
    hand_queries_over(connection, decision)
    before, taken = _values(older), _values(younger)
    # What both have is told by the younger one as well: it stays if the older's import is undone.
    agreed = {each: (value, value) for each, value in before.items() if taken.get(each) == value}
    written = write_decision(
        connection,
        decision,
        {
            pair.older.id: {**agreed, **changes_between(before, combined(older, younger))},
            pair.younger.id: changes_between(taken, {}),
        },
    )
    for address, value in aliases(older, younger):
        keep_alias(connection, written, address, value)
    return written


def told_of(connection: Connection, account_id: int, record: Record) -> Facts:
    """A patient's facts with when each was told last, also by rows of those merged in."""
    return asserted_facts(
        connection, record, merged_into(connection, account_id, record.patient_id)
    )


def _values(facts: Facts) -> dict[str, str]:
    return {address: told.value for address, told in facts.items()}
