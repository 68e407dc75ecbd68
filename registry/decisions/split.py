"""Splitting: a merge is taken back, and there are two patients again (docs/decisions/011).

The younger patient comes back unchanged. The older one loses what the merge brought, unless
something else asserts it: a later file, a person, another patient who was merged in.
`registry/decisions/split_values.py` works out which values those are.
"""

from dataclasses import replace
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import lock_account
from registry.decisions.decision import Decision
from registry.decisions.judgements import (
    Reviewer,
    changes_between,
    locked_pair,
    new_decision,
    require_free_identifiers,
    require_state,
    set_pair_state,
    what_became_of,
    write_decision,
)
from registry.decisions.merge_transfers import bring_pairs_back, return_aliases
from registry.decisions.review_queue import Pair
from registry.decisions.split_values import find_values_to_restore, read_merge
from registry.ledger.archived_months import require_history
from registry.patients.facts import read_facts
from registry.patients.record import address_of
from schemas.errors import NotAllowed


def split(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Decision:
    """Take the merge of a pair back; the two are `different` from now on. The caller commits.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: they are not merged, the surviving patient is not in the registry (merged on or
            removed since), a part of their history was archived, or an identifier of the other one
            belongs to a third patient by now.
    """
    lock_account(connection, reviewer.account_id)
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "same")
    if not pair.older.is_there:
        fate = what_became_of(connection, reviewer, pair.older.id)
        raise NotAllowed(f"patient {pair.older.id} {fate}; split those two first")
    require_history(connection, reviewer.account_id, [pair.younger.id, pair.older.id])
    merge = read_merge(connection, pair)
    require_free_identifiers(
        connection, reviewer, pair.younger.id, merge.taken, beside=pair.older.id
    )
    now = _values_now(connection, reviewer, pair)
    restored = find_values_to_restore(connection, pair, merge, now)
    decision = new_decision(reviewer, "split", pair)
    return_aliases(connection, decision, merge.id)
    set_pair_state(connection, pair, "different", by=reviewer)
    written = write_decision(
        connection,
        replace(decision, kept=sum(address not in restored for address in merge.given)),
        {
            pair.older.id: {address: (now.get(address), new) for address, new in restored.items()},
            pair.younger.id: changes_between({}, merge.taken),
        },
    )
    bring_pairs_back(connection, merge.id)
    return written


def _values_now(connection: Connection, reviewer: Reviewer, pair: Pair) -> dict[str, str]:
    facts = read_facts(connection, reviewer.account_id, pair.older.id)
    return {address_of(field, item, name): value for field, item, name, value in facts}
