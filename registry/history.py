"""A patient with where each value came from, and what changed when: read from `patient_change`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from schemas.canonical import PARTS, SCALARS
from schemas.errors import NotFound


@dataclass(frozen=True)
class Origin:
    """Where a change came from; `import_id` None means a person, not a file."""

    import_id: UUID | None
    file_name: str | None
    source: str | None
    line: int
    received_at: datetime


@dataclass(frozen=True)
class Fact:
    """A value at its address, `address/home/city`; no origin where the history does not tell."""

    field: str
    item: str
    attribute: str
    value: str
    origin: Origin | None


@dataclass(frozen=True)
class Change:
    """All that one row of a file, or a person, changed: address → (old, new)."""

    origin: Origin
    values: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Record:
    """A patient's facts in the order of the declarations, and changes, the newest first."""

    patient_id: UUID
    facts: list[Fact]
    changes: list[Change]

    @property
    def name(self) -> str:
        """First and last name."""
        scalars = {fact.field: fact.value for fact in self.facts if not fact.attribute}
        return f"{scalars.get('first_name', '')} {scalars.get('last_name', '')}".strip()


def read_record(connection: Connection, account_id: int, patient_id: UUID) -> Record:
    """The account's patient with this id.

    Raises:
        NotFound: there is none.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        scalars = cursor.execute(
            "SELECT * FROM patient WHERE account_id = %s AND id = %s", (account_id, patient_id)
        ).fetchone()
        if scalars is None:
            raise NotFound("there is no such patient")
        changes = [_change(row) for row in cursor.execute(_CHANGES, (patient_id,)).fetchall()]
        origins = {
            (address, new): change.origin
            for change in changes
            for address, (_, new) in change.values.items()
        }
        facts = _facts_of_scalars(scalars) + _facts_of_parts(connection, patient_id)
    told = [Fact(*fact, origin=origins.get((_address(*fact[:3]), fact[3]))) for fact in facts]
    return Record(patient_id, told, changes[::-1])


_CHANGES = """
SELECT c.line, c.received_at, c.changes, i.id AS import_id, i.file_name, i.source
FROM patient_change c LEFT JOIN import i ON i.id = c.import_id
WHERE c.patient_id = %s ORDER BY c.received_at, c.attempt, c.line
"""

_Bare = tuple[str, str, str, str]


def _change(row: dict[str, Any]) -> Change:
    origin = Origin(
        row["import_id"], row["file_name"], row["source"], row["line"], row["received_at"]
    )
    return Change(origin, {address: (old, new) for address, (old, new) in row["changes"].items()})


def _facts_of_scalars(row: dict[str, Any]) -> list[_Bare]:
    return [
        (scalar.name, "", "", _text(row[scalar.name]))
        for scalar in SCALARS
        if row[scalar.name] is not None
    ]


def _facts_of_parts(connection: Connection, patient_id: UUID) -> list[_Bare]:
    facts: list[_Bare] = []
    with connection.cursor(row_factory=dict_row) as cursor:
        for part in PARTS:
            columns = ", ".join(part.attributes)
            rows = cursor.execute(
                f"SELECT item, {columns} FROM {part.table} WHERE patient_id = %s ORDER BY sequence",
                (patient_id,),
            ).fetchall()
            facts += [
                (part.name, row["item"], name, _text(row[name]))
                for row in rows
                for name in part.attributes
                if row[name] is not None
            ]
    return facts


def _address(field: str, item: str, attribute: str) -> str:
    return "/".join(part for part in (field, item, attribute) if part)


def _text(value: object) -> str:
    """As changes spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
