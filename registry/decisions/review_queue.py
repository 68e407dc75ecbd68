"""The review queue: pairs of patients that a person must judge, and those that were judged.

Pages go by where the last one ended, never by offset: ten thousand pairs cost what ten do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.decisions.survivorship import SHOWN_ONCE
from schemas.errors import NotFound

REASONS = {
    "identifier_differs": "Same name, birth and gender, but another identifier",
    "same_name_and_birth": "Same name, birth and gender",
}
"""Why two patients are a pair, as people are told."""

"""The queue's length is told up to here; counting on would cost each page."""

Which = Literal["open", "judged"]

Position = tuple[datetime, UUID, UUID]
"""Where a page ended: when the pair was found or judged, and its patients."""


@dataclass(frozen=True)
class Glance:
    """A patient as a list shows them; identifiers are (system, value).

    Of one who is not in the registry any more, what was known last.
    """

    id: UUID
    is_there: bool
    first_name: str
    last_name: str
    birth: str
    gender: str
    identifiers: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Pair:
    """Two patients who may be one. `older` was there first, and is the one who stays.

    `file_name` and `line` say where the younger one came from. `judged_at` and `judged_by` are
    None while `state` is `open`.
    """

    younger: Glance
    older: Glance
    state: str
    reason: str
    import_id: UUID
    file_name: str | None
    line: int
    created_at: datetime
    judged_at: datetime | None
    judged_by: str | None

    @property
    def position(self) -> Position:
        """Where it stands in its list."""
        at = self.created_at if self.judged_at is None else self.judged_at
        return at, self.younger.id, self.older.id


def list_pairs(
    connection: Connection, account_id: int, which: Which, count: int, after: Position | None = None
) -> list[Pair]:
    """Pairs after a position: open ones the oldest first, judged ones the latest first."""
    at, younger, older = after or (None, None, None)
    return _read(
        connection,
        f"{_PAGES[which]} LIMIT %(count)s",
        {"account": account_id, "at": at, "younger": younger, "older": older, "count": count},
    )


def next_open(connection: Connection, account_id: int, after: Position) -> Pair | None:
    """The open pair after a position, else the first one; None where none is left."""
    found = list_pairs(connection, account_id, "open", 1, after)
    found = found or list_pairs(connection, account_id, "open", 1)
    return found[0] if found else None


def read_pair(connection: Connection, account_id: int, one: UUID, other: UUID) -> Pair:
    """The account's pair of these two, in whichever order they are named.

    Raises:
        NotFound: there is none.
    """
    found = _read(
        connection,
        "WHERE r.account_id = %(account)s AND (r.patient_id, r.other_patient_id)"
        " IN ((%(one)s, %(other)s), (%(other)s, %(one)s))",
        {"account": account_id, "one": one, "other": other},
    )
    if not found:
        raise NotFound("these two patients are no pair of the review queue")
    return found[0]


def open_pairs_of(connection: Connection, account_id: int, patient_id: UUID) -> list[Pair]:
    """The open pairs that name this patient, the oldest first."""
    return _read(
        connection,
        "WHERE r.account_id = %(account)s AND r.state = 'open'"
        " AND %(patient)s IN (r.patient_id, r.other_patient_id)"
        " ORDER BY r.created_at, r.patient_id, r.other_patient_id",
        {"account": account_id, "patient": patient_id},
    )


def account_of_pair(connection: Connection, patient_id: UUID) -> int:
    """Number of the account in whose pairs this patient is; for operators, who see all accounts.

    Raises:
        NotFound: no pair names this patient.
    """
    row = connection.execute(
        "SELECT account_id FROM review WHERE %(id)s IN (patient_id, other_patient_id) LIMIT 1",
        {"id": patient_id},
    ).fetchone()
    if row is None:
        raise NotFound(
            f"no pair names patient {patient_id}; `rosterline review list --account NAME` shows all"
        )
    return int(row[0])


_SELECT = """
SELECT r.patient_id, r.other_patient_id, r.state, r.reason, r.import_id, i.file_name, r.line,
    r.created_at, r.judged_at, r.judged_by
FROM review r LEFT JOIN import i ON i.id = r.import_id
"""

# Bound to the two partial indexes of the table.
_PAGES: Mapping[Which, str] = {
    "open": """
        WHERE r.account_id = %(account)s AND r.state = 'open' AND (%(at)s::timestamptz IS NULL
            OR (r.created_at, r.patient_id, r.other_patient_id)
                > (%(at)s, %(younger)s::uuid, %(older)s::uuid))
        ORDER BY r.created_at, r.patient_id, r.other_patient_id
    """,
    "judged": """
        WHERE r.account_id = %(account)s AND r.judged_at IS NOT NULL AND (
            %(at)s::timestamptz IS NULL OR (r.judged_at, r.patient_id, r.other_patient_id)
                < (%(at)s, %(younger)s::uuid, %(older)s::uuid))
        ORDER BY r.judged_at DESC, r.patient_id DESC, r.other_patient_id DESC
    """,
}

_GLANCES = """
SELECT p.id, p.first_name, p.last_name, coalesce(p.birth_date::text, p.birth_year::text) AS birth,
    p.gender, coalesce((
        SELECT json_agg(json_build_array(i.item, i.value) ORDER BY i.item)
        FROM patient_identifier i WHERE i.patient_id = p.id AND i.item = ANY(%(items)s)
    ), '[]') AS identifiers
FROM patient p WHERE p.id = ANY(%(ids)s)
"""

# Whoever left the registry did so by a decision, which says what there was.
_LAST_KNOWN = """
SELECT DISTINCT ON (c.patient_id) c.patient_id, c.changes FROM patient_change c
WHERE c.patient_id = ANY(%s) AND c.attempt = 0
ORDER BY c.patient_id, c.registry_version DESC
"""
_ITEMS = [address.split("/")[1] for address in SHOWN_ONCE]


def _read(connection: Connection, where: str, values: Mapping[str, object]) -> list[Pair]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(f"{_SELECT} {where}".encode(), values).fetchall()
    ids = {row[name] for row in rows for name in ("patient_id", "other_patient_id")}
    glances = _glances(connection, list(ids))
    return [
        Pair(
            glances[row.pop("patient_id")],
            glances[row.pop("other_patient_id")],
            **row,
        )
        for row in rows
    ]


def _glances(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Glance]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_GLANCES, {"ids": ids, "items": _ITEMS}).fetchall()
    found = {row["id"]: _glance(row) for row in rows}
    gone = [each for each in ids if each not in found]
    known: dict[UUID, Any] = (
        dict(connection.execute(_LAST_KNOWN, (gone,)).fetchall()) if gone else {}
    )
    return found | {each: _glance_back(each, known.get(each, {})) for each in gone}


def _glance(row: dict[str, Any]) -> Glance:
    return Glance(**row | {"identifiers": _in_order(row["identifiers"])}, is_there=True)


def _glance_back(patient_id: UUID, changes: dict[str, list[str | None]]) -> Glance:
    before = {address: old for address, (old, _) in changes.items() if old is not None}
    held = [(item, before.get(address)) for item, address in zip(_ITEMS, SHOWN_ONCE, strict=True)]
    return Glance(
        id=patient_id,
        is_there=False,
        first_name=before.get("first_name", ""),
        last_name=before.get("last_name", ""),
        birth=before.get("birth_date", before.get("birth_year", "")),
        gender=before.get("gender", ""),
        identifiers=_in_order((item, value) for item, value in held if value is not None),
    )


def _in_order(identifiers: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((item, value) for item, value in identifiers)
