"""When each value of a patient was told last: by a file that carried it, or by a person.

Carried, not only changed: a file that confirmed a value told it again. What was undone tells
nothing, and a merge or a split moves values without telling them anew.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg import Connection

from registry.patients.effective_changes import IS_NO_DECISION, STANDS
from registry.patients.history import Record
from schemas.canonical import confirmed_masks

_NEVER = datetime.min.replace(tzinfo=UTC)
_BITS = confirmed_masks()


@dataclass(frozen=True)
class Asserted:
    """A value, and when it was last asserted: by a file that carried it, or by a person."""

    value: str
    at: datetime


Facts = Mapping[str, Asserted]
"""By address, `address/home/city`, in the order of a patient's page."""


def asserted_facts(connection: Connection, record: Record, former: list[UUID]) -> Facts:
    """A patient's facts with when they were told; `former` are those who were merged into them."""
    ids = [record.patient_id, *former]
    about = {"ids": ids, "bits": [*_BITS.values()]}
    by_bit: dict[int, datetime] = dict(connection.execute(_CARRIED, about).fetchall())
    by_item: dict[int, datetime] = dict(connection.execute(_CARRIED_ITEMS, about).fetchall())
    asserted = {}
    for fact in record.facts:
        carried = (
            fact.origin.received_at if fact.origin else _NEVER,
            by_bit.get(_BITS.get(fact.address, 0), _NEVER),
            by_item.get(item_hash(fact.address), _NEVER),
        )
        asserted[fact.address] = Asserted(fact.value, max(carried))
    return asserted


def asserted_since(
    connection: Connection, patient_id: UUID, version: int, addresses: Iterable[str]
) -> set[str]:
    """Those of the addresses that a file carried, or a person set, after a `registry_version`."""
    about = {"ids": [patient_id], "version": version, "bits": [*_BITS.values()]}
    bits = {bit for bit, _ in connection.execute(_CARRIED_SINCE, about).fetchall()}
    items = {item for item, _ in connection.execute(_ITEMS_SINCE, about).fetchall()}
    by_person = {address for (address,) in connection.execute(_SET_SINCE, about).fetchall()}
    return {
        address
        for address in addresses
        if _BITS.get(address) in bits or item_hash(address) in items or address in by_person
    }


def item_hash(address: str) -> int:
    """What `import_row.confirmed_items` calls an address's item; `ITEM_HASH` does it in SQL."""
    item = address.rpartition("/")[0]
    return int(hashlib.md5(item.encode(), usedforsecurity=False).hexdigest()[:7], 16)


_FROM = """
FROM import_row r
JOIN import i ON i.id = r.import_id AND NOT i.dry_run
JOIN attempt a ON a.import_id = r.import_id AND a.number = r.attempt
"""
_WHERE = f"WHERE r.patient_id = ANY(%(ids)s) AND {STANDS.format('r')}"
_SINCE = "AND a.registry_version > %(version)s"


def _carried(condition: str) -> str:
    return f"""
    SELECT b.bit, max(i.received_at) {_FROM} CROSS JOIN unnest(%(bits)s::bigint[]) b (bit)
    {_WHERE} AND r.confirmed & b.bit <> 0 {condition} GROUP BY b.bit
    """


def _carried_items(condition: str) -> str:
    return f"""
    SELECT item, max(i.received_at) {_FROM} CROSS JOIN unnest(r.confirmed_items) item
    {_WHERE} {condition} GROUP BY item
    """


_CARRIED, _CARRIED_SINCE = _carried(""), _carried(_SINCE)
_CARRIED_ITEMS, _ITEMS_SINCE = _carried_items(""), _carried_items(_SINCE)
_SET_SINCE = f"""
SELECT DISTINCT json_object_keys(c.changes) FROM patient_change c
WHERE c.patient_id = ANY(%(ids)s) AND c.attempt = 0 AND c.registry_version > %(version)s
    AND {IS_NO_DECISION.format("c")}
"""
