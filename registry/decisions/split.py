"""Splitting: a merge is taken back, and there are two patients again (docs/decisions/011).

The younger one comes back unchanged. The older one loses what the merge brought, unless somebody
else stands by it: a later file, a person, another patient who was merged in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    where_gone,
    write_decision,
)
from registry.decisions.merge_transfers import bring_pairs_back, give_aliases_back
from registry.decisions.review_queue import Pair
from registry.decisions.survivorship import SHOWN_ONCE, Changes, left
from registry.patients.effective_changes import IS_NO_DECISION, STANDS
from registry.patients.history import read_record
from registry.patients.last_asserted import asserted_since
from schemas.canonical import MATCHING_SYSTEMS
from schemas.errors import NotAllowed


@dataclass(frozen=True)
class Merge:
    """A merge as the history has it: what it gave the older patient and took from the younger.

    `version` is the account's after it.
    """

    id: UUID
    given: Changes
    taken: Mapping[str, str]
    version: int


def split(connection: Connection, reviewer: Reviewer, one: UUID, other: UUID) -> Decision:
    """Take the merge of a pair back; the two are `different` from now on. The caller commits.

    Raises:
        NotFound: these two are no pair of the account.
        NotAllowed: they are not merged, the one who stayed was merged on since, or an identifier
            of the other one belongs to a third patient by now.
    """
    lock_account(connection, reviewer.account_id)
    pair = locked_pair(connection, reviewer, one, other)
    require_state(pair, "same")
    if not pair.older.is_there:
        gone = where_gone(connection, reviewer, pair.older.id)
        raise NotAllowed(f"patient {pair.older.id} {gone}; split those two first")
    merge = _merge_of(connection, pair)
    _require_free(connection, reviewer, pair, merge.taken)
    record = read_record(connection, reviewer.account_id, pair.older.id)
    now = {fact.address: fact.value for fact in record.facts}
    put = _left(connection, pair, merge, now)
    decision = decide(reviewer, "split", pair)
    give_aliases_back(connection, decision, merge.id)
    put_state(connection, pair, "different", by=reviewer)
    written = write_decision(
        connection,
        replace(decision, kept=sum(address not in put for address in merge.given)),
        {
            pair.older.id: {address: (now.get(address), new) for address, new in put.items()},
            pair.younger.id: changes_between({}, merge.taken),
        },
    )
    bring_pairs_back(connection, merge.id)
    return written


def _merge_of(connection: Connection, pair: Pair) -> Merge:
    rows = connection.execute(
        "SELECT r.closed_by, c.registry_version, c.patient_id, c.changes FROM review r"
        " JOIN patient_change c ON c.import_id = r.closed_by AND c.attempt = 0"
        "  AND c.patient_id IN (r.patient_id, r.other_patient_id)"
        " WHERE r.patient_id = %s AND r.other_patient_id = %s",
        (pair.younger.id, pair.older.id),
    ).fetchall()
    merge_id, version, *_ = rows[0]
    by_patient = {
        patient: {address: (old, new) for address, (old, new) in changes.items()}
        for *_, patient, changes in rows
    }
    taken = {a: old for a, (old, _) in by_patient[pair.younger.id].items() if old is not None}
    given = by_patient.get(pair.older.id, {})
    changed = {address: (old, new) for address, (old, new) in given.items() if old != new}
    return Merge(merge_id, changed, taken, version)


def _left(
    connection: Connection, pair: Pair, merge: Merge, now: Mapping[str, str]
) -> dict[str, str | None]:
    """What the split puts in place at the patient who stays.

    Merges may be split in any order: what an earlier one gave and this one's patient had as well
    goes now, and what was there before is what files and people brought, or who is still merged.
    """
    own = _own_values(connection, pair.older.id)
    others = _others(connection, pair)

    def before(address: str) -> str | None:
        old = merge.given.get(address, (None, None))[0]
        return old if old in others.get(address, ()) else own.get(address)

    shared = {
        address
        for address, value in merge.taken.items()
        if address not in merge.given
        and now.get(address) == value != own.get(address)
        # Of identifiers the merge itself says all.
        and address not in SHOWN_ONCE
    }
    given = {address: (before(address), new) for address, (_, new) in merge.given.items()}
    given |= {address: (before(address), now[address]) for address in shared}
    firm = {address for address in given if now.get(address) in others.get(address, ())}
    firm |= asserted_since(connection, pair.older.id, merge.version, merge.given)
    firm |= asserted_since(connection, pair.older.id, _EVER, shared)
    return left(given, now, firm, merge.taken)


_EVER = -1


def _own_values(connection: Connection, patient_id: UUID) -> dict[str, str | None]:
    """What files and people told last of this very patient, at every address."""
    return dict(connection.execute(_OWN, (patient_id,)).fetchall())


_OWN = f"""
SELECT DISTINCT ON (e.key) e.key, e.value ->> 1
FROM patient_change c, LATERAL json_each(c.changes) e
WHERE c.patient_id = %s AND {IS_NO_DECISION.format("c")} AND {STANDS.format("c")}
ORDER BY e.key, c.registry_version DESC, c.received_at DESC, c.import_id DESC, c.line DESC
"""


def _others(connection: Connection, pair: Pair) -> dict[str, set[str]]:
    """The values by address of those who stay merged into the patient."""
    rows = connection.execute(
        "SELECT c.changes FROM review r"
        " JOIN patient_change c ON c.patient_id = r.patient_id AND c.import_id = r.closed_by"
        "  AND c.attempt = 0"
        " WHERE r.other_patient_id = %s AND r.state = 'same' AND r.patient_id <> %s",
        (pair.older.id, pair.younger.id),
    ).fetchall()
    values: dict[str, set[str]] = {}
    for (changes,) in rows:
        for address, (old, _) in changes.items():
            values.setdefault(address, set()).add(old)
    return values


def _require_free(
    connection: Connection, reviewer: Reviewer, pair: Pair, taken: Mapping[str, str]
) -> None:
    """Check that nobody but the two has an identifier that goes back."""
    for address in SHOWN_ONCE:
        item = address.split("/")[1]
        if item not in MATCHING_SYSTEMS or address not in taken:
            continue
        row = connection.execute(_HOLDER, {
            "account": reviewer.account_id, "item": item, "value": taken[address],
            "stays": pair.older.id,
        }).fetchone()  # fmt: skip
        if row is not None:
            raise NotAllowed(
                f"the {item} identifier of patient {pair.younger.id} belongs to patient {row[0]} "
                "by now; find out whose it is first"
            )


_HOLDER = f"""
SELECT patient_id FROM patient_identifier WHERE account_id = %(account)s AND item = %(item)s
    AND value = %(value)s AND item IN {MATCHING_SYSTEMS} AND patient_id <> %(stays)s
UNION ALL
SELECT patient_id FROM patient_alias WHERE account_id = %(account)s AND item = %(item)s
    AND value = %(value)s AND patient_id <> %(stays)s
"""
