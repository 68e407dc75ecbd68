"""Which values a split restores at the surviving patient: read from the history.

Merges may be split in any order. A split therefore looks at what files, people and the patients who
are still merged in assert, and not only at what its own merge changed:

    A has city Rome. B (Oslo, flag Red) and then C (Bern, flag Red) are merged into A.
    A's values:            Bern, Red
    split B from A:        Bern and Red stay, because C, who is still merged in, asserts them
    then split C from A:   Rome, no flag: files asserted Rome about A, and nothing asserts Red now
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.decisions.review_queue import Pair
from registry.decisions.survivorship import SHOWN_ONCE, Changes, values_to_restore
from registry.patients.last_asserted import addresses_asserted_since, addresses_ever_asserted

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Merge:
    """A merge as the history has it: what it gave the older patient and took from the younger.

    `version` is the account's `registry_version` after it.
    """

    id: UUID
    given: Changes
    taken: Mapping[str, str]
    version: int


def read_merge(connection: Connection, pair: Pair) -> Merge:
    """The merge that made this pair one patient; the pair is `same`."""
    about = {"younger": pair.younger.id, "older": pair.older.id}
    rows = connection.execute(_SQL["read_merge"], about).fetchall()
    merge_id, version, *_ = rows[0]
    by_patient = {
        patient: {address: (old, new) for address, (old, new) in changes.items()}
        for *_, patient, changes in rows
    }
    of_younger, of_older = by_patient[pair.younger.id], by_patient.get(pair.older.id, {})
    taken = {address: old for address, (old, _) in of_younger.items() if old is not None}
    given = {address: (old, new) for address, (old, new) in of_older.items() if old != new}
    return Merge(merge_id, given, taken, version)


def find_values_to_restore(
    connection: Connection, pair: Pair, merge: Merge, now: Mapping[str, str]
) -> dict[str, str | None]:
    """What the split writes at the surviving patient; None takes a value out.

    Args:
        connection: a connection to the registry.
        pair: the pair to split.
        merge: the merge of the two.
        now: the surviving patient's values as they are.
    """
    own = _own_values(connection, pair.older.id)
    others = _values_of_others(connection, pair)
    shared = _shared_values(merge, now, own)
    before = {address: _before(merge, address, own, others) for address in (*merge.given, *shared)}
    given = {address: (before[address], new) for address, (_, new) in merge.given.items()}
    given |= {address: (before[address], now[address]) for address in shared}
    supported = {address for address in given if now.get(address) in others.get(address, ())}
    supported |= addresses_asserted_since(connection, pair.older.id, merge.version, merge.given)
    supported |= addresses_ever_asserted(connection, pair.older.id, shared)
    return values_to_restore(given, now, supported, merge.taken)


def _before(
    merge: Merge,
    address: str,
    own: Mapping[str, str | None],
    others: Mapping[str, set[str]],
) -> str | None:
    """The surviving patient's value without this merge.

    What the merge replaced, if a patient who is still merged in has it; otherwise what files and
    people asserted last about the surviving patient.
    """
    old, _ = merge.given.get(address, (None, None))
    return old if old in others.get(address, ()) else own.get(address)


def _shared_values(merge: Merge, now: Mapping[str, str], own: Mapping[str, str | None]) -> set[str]:
    """Addresses at which the surviving patient had the younger one's value before the merge.

    An earlier merge brought the value, and files assert another one or none about the surviving
    patient. Identifiers are left out: what the merge itself gave says all about them.
    """
    return {
        address
        for address, value in merge.taken.items()
        if address not in merge.given
        and now.get(address) == value != own.get(address)
        and address not in SHOWN_ONCE
    }


def _own_values(connection: Connection, patient_id: UUID) -> dict[str, str | None]:
    """What files and people asserted last about this very patient, at every address."""
    return dict(connection.execute(_SQL["read_own_values"], {"patient": patient_id}))


def _values_of_others(connection: Connection, pair: Pair) -> dict[str, set[str]]:
    """By address, the values of other patients who stay merged into the surviving one."""
    about = {"younger": pair.younger.id, "older": pair.older.id}
    values: dict[str, set[str]] = {}
    for (changes,) in connection.execute(_SQL["read_other_merges"], about):
        for address, (old, _) in changes.items():
            values.setdefault(address, set()).add(old)
    return values
