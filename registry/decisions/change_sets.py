"""Change sets of people: facts old → new, put into the tables and into the history.

Set-based throughout: a change set may be about one patient or a hundred thousand. The facts come
in the temporary table `fact_change(patient_id, address, old, new, place)`, which the caller fills;
`place` orders the items of a patient that are put in. All of it is one transaction under the lock
of `registry/database/account_lock.py`, which the caller takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import count_version, next_version
from schemas.canonical import IDENTIFIER, PARTS, SCALARS, Part
from schemas.name_folding import name_key


@dataclass(frozen=True)
class Decision:
    """What a person decided, as table `decision` keeps it.

    An undo names `import_id` and the last `attempt` that it takes back; merge and split name the
    patient who stays and the other one. `changed`, `removed`, `restored` count patients, `kept`
    values that stayed because others stand by them.
    """

    id: UUID
    account_id: int
    kind: str
    user_name: str
    decided_at: datetime
    import_id: UUID | None = None
    attempt: int | None = None
    patient_id: UUID | None = None
    other_patient_id: UUID | None = None
    changed: int = 0
    removed: int = 0
    restored: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Written:
    """Patients whom a change set changed, removed from the registry, and brought back to it."""

    changed: int
    removed: int
    restored: int


def record_decision(connection: Connection, decision: Decision) -> None:
    """Keep a decision; its change set carries its id."""
    names = [field.name for field in fields(Decision)]
    connection.execute(
        f"INSERT INTO decision ({', '.join(names)})"
        f" VALUES ({', '.join(['%s'] * len(names))})".encode(),
        [getattr(decision, name) for name in names],
    )


def open_change_set(connection: Connection) -> None:
    """Create `fact_change`, empty; one that this transaction used before is dropped."""
    columns = "(patient_id uuid, address text, old text, new text, place int NOT NULL DEFAULT 0)"
    _renew(connection, "fact_change", columns)


def write_change_set(
    connection: Connection, account_id: int, decision_id: UUID, at: datetime
) -> Written:
    """Put the new values of `fact_change` into the tables, and its changes into the history.

    A patient whose required scalars are given comes back; one who loses them is removed, with
    parts, aliases and open reviews. The caller holds the account's lock, and has seen to it that
    no identifier is given to two patients.
    """
    connection.execute("ANALYZE fact_change")
    version = next_version(connection, account_id)
    _find_gone(connection)
    for part in PARTS:
        connection.execute(
            f"DELETE FROM {part.table} p USING gone g WHERE p.patient_id = g.patient_id".encode()
        )
    _split_addresses(connection)
    restored = _write_patients(connection, account_id)
    _write_parts(connection, account_id)
    found = connection.execute(_KEEP_HISTORY, (decision_id, at, version)).rowcount
    removed = _remove_gone(connection)
    count_version(connection, account_id)
    return Written(found - removed - restored, removed, restored)


def make_temporary(
    connection: Connection,
    name: str,
    query: str,
    values: Sequence[object] | dict[str, object] = (),
    *,
    key: str | None = None,
) -> None:
    """Make a temporary table of what `query` gives, with the figures that PostgreSQL plans by.

    `key` names columns to index, for tables that are joined to some that have no figures yet. A
    table of this name that the transaction used before is dropped.
    """
    connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}".encode())
    connection.execute(
        f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}".encode(), values or None
    )
    if key:
        connection.execute(f"CREATE INDEX ON {name} ({key})".encode())
    connection.execute(f"ANALYZE {name}".encode())


_REQUIRED = [scalar.name for scalar in SCALARS if scalar.required]
_NAME_KEY_OF = ("first_name", "last_name", "birth_year", "gender")

# Patients that are gone already stay so: their facts have no old value.
_GONE = """
SELECT DISTINCT patient_id FROM fact_change
WHERE address = ANY(%s) AND old IS NOT NULL AND new IS NULL
"""


def count_change_set(connection: Connection) -> Written:
    """What writing `fact_change` would do, where no patient comes back."""
    found = connection.execute(_COUNT, {"required": _REQUIRED}).fetchall()[0]
    return Written(found[0] - found[1], found[1], 0)


ITEM = (
    "substr(address, length(field) + 2,"
    " greatest(length(address) - length(field) - length(attribute) - 2, 0))"
)
"""SQL: what stands between field and attribute, slashes and all: contact/phone/home/value."""

_FACT = f"""
SELECT patient_id, field, attribute, new, place, {ITEM} AS item
FROM (
    SELECT patient_id, address, new, place, split_part(address, '/', 1) AS field,
        CASE WHEN position('/' IN address) > 0 THEN split_part(address, '/', -1) ELSE '' END
            AS attribute
    FROM fact_change c WHERE NOT EXISTS (SELECT FROM gone g WHERE g.patient_id = c.patient_id)
) a
"""

_COUNT = """
SELECT count(DISTINCT patient_id), count(DISTINCT patient_id)
    FILTER (WHERE address = ANY(%(required)s) AND old IS NOT NULL AND new IS NULL)
FROM fact_change
"""

_KEEP_HISTORY = """
INSERT INTO patient_change
    (patient_id, import_id, attempt, line, received_at, changes, registry_version)
SELECT patient_id, %s, 0, 0, %s,
    json_object_agg(address, json_build_array(old, new) ORDER BY place, address), %s
FROM fact_change GROUP BY patient_id
"""

# The stored row with the new values over it, or a new one made of them alone.
_PATIENT_AFTER = """
SELECT r.*, p.id IS NULL AS is_new, c.has_new_key
FROM (
    SELECT patient_id, bool_or(field = ANY(%(key)s)) AS has_new_key,
        jsonb_object_agg(field, new)
            || jsonb_build_object('id', patient_id, 'account_id', %(account)s::int) AS given
    FROM fact WHERE attribute = '' GROUP BY patient_id
) c
LEFT JOIN patient p ON p.id = c.patient_id AND p.account_id = %(account)s,
LATERAL jsonb_populate_record(p, c.given) r
"""


def _find_gone(connection: Connection) -> None:
    make_temporary(connection, "gone", _GONE, (_REQUIRED,))


def _split_addresses(connection: Connection) -> None:
    make_temporary(connection, "fact", _FACT)


def _write_patients(connection: Connection, account_id: int) -> int:
    """Write scalars; returns how many patients came back."""
    make_temporary(
        connection,
        "patient_after",
        _PATIENT_AFTER,
        {"account": account_id, "key": list(_NAME_KEY_OF)},
    )
    _make_name_keys(connection)
    names = [scalar.name for scalar in SCALARS]
    assignments = ", ".join(f"{name} = a.{name}" for name in names)
    connection.execute(
        f"UPDATE patient p SET {assignments}, name_key = coalesce(k.name_key, p.name_key)"
        " FROM patient_after a LEFT JOIN new_name_key k ON k.id = a.id"
        " WHERE p.id = a.id AND NOT a.is_new".encode()
    )
    columns = ", ".join(names)
    return connection.execute(
        f"INSERT INTO patient (id, account_id, name_key, {columns})"
        f" SELECT a.id, a.account_id, k.name_key, {columns}"
        " FROM patient_after a LEFT JOIN new_name_key k ON k.id = a.id WHERE a.is_new".encode()
    ).rowcount


def _make_name_keys(connection: Connection) -> None:
    """The blocking key of those whose names changed: folding is Python's, not PostgreSQL's."""
    people = connection.execute(
        f"SELECT id, {', '.join(_NAME_KEY_OF)} FROM patient_after WHERE has_new_key".encode()
    ).fetchall()
    _renew(connection, "new_name_key", "(id uuid, name_key bigint)")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY new_name_key (id, name_key) FROM STDIN") as copy,
    ):
        for patient_id, *person in people:
            copy.write_row((patient_id, name_key(*person)))
    connection.execute("ANALYZE new_name_key")


def _write_parts(connection: Connection, account_id: int) -> None:
    found = connection.execute("SELECT DISTINCT field FROM fact WHERE attribute <> ''").fetchall()
    changed = {field for (field,) in found}
    for part in PARTS:
        if part.name in changed:
            _write_part(connection, part, account_id)


def _write_part(connection: Connection, part: Part, account_id: int) -> None:
    """Take the changed items out and put them in again, without those that have no value left.

    Never by update: two patients may exchange an identifier, which is unique at every moment.
    An item that stays keeps its place in the sender's order.
    """
    make_temporary(
        connection,
        "part_after",
        f"""
        SELECT r.*, c.place FROM (
            SELECT patient_id, item, min(place) AS place,
                jsonb_object_agg(attribute, new) || jsonb_build_object(
                    'patient_id', patient_id, 'item', item, 'account_id', %s::int) AS given
            FROM fact WHERE field = %s AND attribute <> '' GROUP BY patient_id, item
        ) c
        LEFT JOIN {part.table} p ON p.patient_id = c.patient_id AND p.item = c.item,
        LATERAL jsonb_populate_record(p, c.given) r
        """,
        (account_id, part.name),
    )
    connection.execute(
        f"DELETE FROM {part.table} p USING part_after a"
        " WHERE p.patient_id = a.patient_id AND p.item = a.item".encode()
    )
    has_value = f"num_nonnulls({', '.join(part.attributes)}) > 0"
    own = ["patient_id", "item", *part.attributes]
    if part is IDENTIFIER:
        own.append("account_id")  # by which identifiers are unique
    for columns, known in (([*own, "sequence"], "IS NOT NULL"), (own, "IS NULL")):
        listed = ", ".join(columns)
        connection.execute(
            f"INSERT INTO {part.table} ({listed}) SELECT {listed} FROM part_after"
            f" WHERE sequence {known} AND {has_value} ORDER BY patient_id, place, item".encode()
        )


def _remove_gone(connection: Connection) -> int:
    """Last of all: the walls let a history be written only while its patient is there."""
    connection.execute("DELETE FROM patient_alias a USING gone g WHERE a.patient_id = g.patient_id")
    for column in ("patient_id", "other_patient_id"):
        connection.execute(
            f"DELETE FROM review r USING gone g WHERE r.{column} = g.patient_id"
            " AND r.state = 'open'".encode()
        )
    return connection.execute(
        "DELETE FROM patient p USING gone g WHERE p.id = g.patient_id"
    ).rowcount


def _renew(connection: Connection, name: str, columns: str) -> None:
    connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}".encode())
    connection.execute(f"CREATE TEMPORARY TABLE {name} {columns} ON COMMIT DROP".encode())
