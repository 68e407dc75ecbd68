"""When each value of a patient was told last: by a file that carried it, or by a person.

Carried, not only changed: a file that confirmed a value told it again. What was undone told
nothing, and a merge or a split moves values without telling them anew.
"""

from datetime import UTC, datetime
from uuid import UUID

from psycopg import Connection

from registry.combining import Facts, Told
from registry.history import Record
from schemas.canonical import CONFIRMABLE

_NEVER = datetime.min.replace(tzinfo=UTC)
_ADDRESSES = ["/".join(part for part in address if part) for address in CONFIRMABLE]


def told_facts(connection: Connection, record: Record, former: list[UUID]) -> Facts:
    """A patient's facts with when they were told; `former` are those who were merged into him."""
    carried = _carried(connection, [record.patient_id, *former])
    told = {}
    for fact in record.facts:
        at = fact.origin.received_at if fact.origin else _NEVER
        told[fact.address] = Told(fact.value, max(at, carried.get(fact.address, _NEVER)))
    return told


def confirmed_since(connection: Connection, patient_id: UUID, version: int) -> set[str]:
    """Addresses that files carried, or people set, after the account's `registry_version`."""
    rows = connection.execute(
        f"SELECT bit_or(r.confirmed) {_ROWS} AND a.registry_version > %(version)s",
        {"ids": [patient_id], "version": version},
    ).fetchall()
    bits = rows[0][0] or 0
    by_person = connection.execute(
        "SELECT json_object_keys(c.changes) FROM patient_change c"
        " WHERE c.patient_id = %s AND c.attempt = 0 AND c.registry_version > %s"
        " AND NOT EXISTS (SELECT FROM decision d WHERE d.id = c.import_id)",
        (patient_id, version),
    ).fetchall()
    carried = {address for place, address in enumerate(_ADDRESSES) if bits >> place & 1}
    return carried | {address for (address,) in by_person}


def _carried(connection: Connection, ids: list[UUID]) -> dict[str, datetime]:
    rows = connection.execute(
        f"SELECT place, max(i.received_at) {_ROWS_BY_BIT} GROUP BY place",
        {"ids": ids, "last": len(_ADDRESSES) - 1},
    ).fetchall()
    return {_ADDRESSES[place]: at for place, at in rows}


_FROM = """
FROM import_row r
JOIN import i ON i.id = r.import_id AND NOT i.dry_run
JOIN attempt a ON a.import_id = r.import_id AND a.number = r.attempt
"""
_STANDING = """
r.patient_id = ANY(%(ids)s) AND NOT EXISTS (
    SELECT FROM undone_attempt u WHERE u.import_id = r.import_id AND u.attempt = r.attempt
)
"""
_ROWS = f"{_FROM} WHERE {_STANDING}"
_ROWS_BY_BIT = f"""
{_FROM} CROSS JOIN generate_series(0, %(last)s) place
WHERE {_STANDING} AND r.confirmed >> place & 1 = 1
"""
