"""When each value of a patient was last asserted: by a file that carried it, or by a person.

A file asserts every value that it carries, whether it changes or only confirms it. An attempt that
was undone asserts nothing. A merge or a split moves values without asserting them again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.patients.merged_ids import patients_merged_into
from registry.patients.record import Record
from schemas.canonical import confirmed_masks

_SQL = Statements(__file__)
_NEVER = datetime.min.replace(tzinfo=UTC)
_BEFORE_ALL_VERSIONS = -1
_BITS = confirmed_masks()


@dataclass(frozen=True)
class Asserted:
    """A value, and when it was last asserted: by a file that carried it, or by a person."""

    value: str
    at: datetime


AssertedFacts = Mapping[str, Asserted]
"""By address, `address/home/city`, in the order of a patient's page."""


def asserted_facts(connection: Connection, account_id: int, record: Record) -> AssertedFacts:
    """A patient's facts with when each was last asserted.

    Rows about patients who were merged into this one count as well:

        city Oslo, brought by the file of day 1, carried again by that of day 3   → Oslo, day 3
        score 2, brought by the file of day 1, not carried since                  → 2, day 1
    """
    merged = patients_merged_into(connection, account_id, record.patient_id)
    about = {
        "patients": [record.patient_id, *merged],
        "bits": [*_BITS.values()],
        "addresses": [*_BITS],
        "after_version": _BEFORE_ALL_VERSIONS,
    }
    fields: dict[int, datetime] = dict(connection.execute(_SQL["last_carried_fields"], about))
    items: dict[int, datetime] = dict(connection.execute(_SQL["last_carried_items"], about))
    asserted = {}
    for fact in record.facts:
        at = max(
            fact.origin.received_at if fact.origin else _NEVER,
            fields.get(_BITS.get(fact.address, 0), _NEVER),
            items.get(item_hash(fact.address), _NEVER),
        )
        asserted[fact.address] = Asserted(fact.value, at)
    return asserted


def addresses_asserted_since(
    connection: Connection, patient_id: UUID, version: int, addresses: Iterable[str]
) -> set[str]:
    """Those of the addresses that a file carried, or a person set, after a `registry_version`."""
    about = {
        "patients": [patient_id],
        "after_version": version,
        "bits": [*_BITS.values()],
        "addresses": [*_BITS],
    }
    bits = {bit for bit, _ in connection.execute(_SQL["last_carried_fields"], about)}
    items = {item for item, _ in connection.execute(_SQL["last_carried_items"], about)}
    people = connection.execute(_SQL["find_addresses_set_by_people"], about)
    by_person = {address for (address,) in people}
    return {
        address
        for address in addresses
        if _BITS.get(address) in bits or item_hash(address) in items or address in by_person
    }


def addresses_ever_asserted(
    connection: Connection, patient_id: UUID, addresses: Iterable[str]
) -> set[str]:
    """Those of the addresses that a file carried, or a person set, at any time."""
    return addresses_asserted_since(connection, patient_id, _BEFORE_ALL_VERSIONS, addresses)


def item_hash(address: str) -> int:
    """The number of an address's item in `import_row.confirmed_items`: 28 bits of an MD5.

    `flag/frail/name` has the hash of `flag/frail`. The DuckDB macro `item_hash` (rosters/sql) and
    `registry/decisions/sql/find_confirmations.sql` work out the same number.
    """
    item = address.rpartition("/")[0]
    return int(hashlib.md5(item.encode(), usedforsecurity=False).hexdigest()[:7], 16)
