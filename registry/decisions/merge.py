"""Merging: the younger patient of a pair goes into the older one (docs/decisions/011).

One change set takes every value from the younger patient and gives the older one what it lacks.
`registry/decisions/survivorship.py` works out which values survive. Identifiers that are not shown
become aliases, so that the next file finds the patient by either of them.

    older:   Maria E-1, in Rome, since day 1         Maria E-9, in Oslo; alias: ehr E-1
    younger: Maria E-9, in Oslo, since day 2    →    (under the older patient's id)
"""

from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.decisions.decision import Decision
from registry.decisions.identity_reviews import require_no_open_identity
from registry.decisions.judgements import (
    Reviewer,
    changes_between,
    locked_pair,
    new_decision,
    require_state,
    set_pair_state,
    write_decision,
)
from registry.decisions.merge_transfers import (
    insert_alias,
    move_pairs,
    transfer_aliases,
    transfer_document_queries,
)
from registry.decisions.review_queue import Pair
from registry.decisions.survivorship import (
    NO_CHOICES,
    Changes,
    Choices,
    aliases,
    combined,
)
from registry.patients.history import read_record
from registry.patients.last_asserted import AssertedFacts, asserted_facts


def same(
    connection: Connection,
    reviewer: Reviewer,
    one: UUID,
    other: UUID,
    choices: Choices = NO_CHOICES,
) -> Decision:
    """Judge an open pair the same: merge the younger patient into the older one.

    `choices` say whose values stay; without one the value asserted later does. The caller commits.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: the pair was judged before, or it is open who one of the two is.
    """
    lock_account(connection, reviewer.account_id)
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "open")
    require_no_open_identity(connection, [pair.older.id, pair.younger.id])
    older, younger = (
        _asserted_facts_of(connection, reviewer, patient.id)
        for patient in (pair.older, pair.younger)
    )
    decision = new_decision(reviewer, "merge", pair)
    set_pair_state(connection, pair, "same", by=reviewer, merge=decision.id)
    move_pairs(connection, decision)
    transfer_aliases(connection, decision)
    transfer_document_queries(connection, decision)
    written = write_decision(connection, decision, _changes(pair, older, younger, choices))
    for address, value in aliases(older, younger, choices):
        insert_alias(connection, written, address, value)
    return written


def _asserted_facts_of(
    connection: Connection, reviewer: Reviewer, patient_id: UUID
) -> AssertedFacts:
    record = read_record(connection, reviewer.account_id, patient_id)
    return asserted_facts(connection, reviewer.account_id, record)


def _changes(
    pair: Pair, older: AssertedFacts, younger: AssertedFacts, choices: Choices
) -> dict[UUID, Changes]:
    """What the merge changes at each of the two.

    Values that both have are listed as unchanged, (value, value): the younger patient asserts them
    too, so that they stay if the older patient's import is undone.
    """
    before, taken = _values(older), _values(younger)
    agreed = {
        address: (value, value) for address, value in before.items() if taken.get(address) == value
    }
    return {
        pair.older.id: {**agreed, **changes_between(before, combined(older, younger, choices))},
        pair.younger.id: changes_between(taken, {}),
    }


def _values(facts: AssertedFacts) -> dict[str, str]:
    return {address: asserted.value for address, asserted in facts.items()}
