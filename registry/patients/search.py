"""Finding patients of an account by what a person at a desk knows of them.

By the beginnings of names, the day or year of birth, an identifier. Names have no index: it would
cost each created patient an entry, and reading an account's patients is fast enough
(docs/decisions/009-portal.md).
"""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from schemas.canonical import MATCHING_SYSTEMS

MAX_WORDS = 6
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YEAR = re.compile(r"(?:18|19|20)\d\d")


@dataclass(frozen=True)
class Found:
    """A patient as a list shows them."""

    id: UUID
    first_name: str
    last_name: str
    birth_date: date | None
    birth_year: int
    gender: str


_COLUMNS = ", ".join(f"p.{name}" for name in Found.__dataclass_fields__)


def newest_patients(connection: Connection, account_id: int, count: int) -> list[Found]:
    """The patients created last."""
    return _find(connection, "p.account_id = %(account)s ORDER BY p.id DESC", count, account_id)


def search_patients(connection: Connection, account_id: int, text: str, count: int) -> list[Found]:
    """Patients of whom every word of the text tells something, by name; `text` is not blank.

    An identifier is looked for as the whole text.
    """
    by_identifier = _find(connection, _BY_IDENTIFIER, count, account_id, **_systems(text.strip()))
    if by_identifier:
        return by_identifier
    conditions, values = ["p.account_id = %(account)s"], {}
    for place, word in enumerate(text.split()[:MAX_WORDS]):
        conditions.append(f"({_condition(word, f'w{place}')})")
        values[f"w{place}"] = word.strip(",;")
    where = f"{' AND '.join(conditions)} ORDER BY p.last_name, p.first_name, p.id"
    return _find(connection, where, count, account_id, **values)


_BY_IDENTIFIER = """
p.account_id = %(account)s AND p.id IN (
    SELECT patient_id FROM patient_identifier i
    WHERE i.account_id = %(account)s AND i.item = ANY(%(systems)s) AND i.value = %(text)s
    UNION ALL
    SELECT patient_id FROM patient_alias a
    WHERE a.account_id = %(account)s AND a.item = ANY(%(systems)s) AND a.value = %(text)s
) ORDER BY p.last_name, p.first_name, p.id
"""


def _systems(text: str) -> dict[str, object]:
    return {"systems": list(MATCHING_SYSTEMS), "text": text}


def _condition(word: str, name: str) -> str:
    if _DAY.fullmatch(word):
        return f"p.birth_date::text = %({name})s"
    if _YEAR.fullmatch(word):
        return f"p.birth_year::text = %({name})s"
    return " OR ".join(
        f"starts_with(lower(p.{column}), lower(%({name})s))"
        for column in ("last_name", "first_name")
    )


def _find(
    connection: Connection, where: str, count: int, account_id: int, **values: object
) -> list[Found]:
    with connection.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM patient p WHERE {where} LIMIT %(count)s",
            {"account": account_id, "count": count, **values},
        ).fetchall()
