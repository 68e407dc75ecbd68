"""Search for patients of an account by names, birth date, birth year or identifier.

Names have no index: it would cost each created patient an entry, and reading all patients of an
account is fast enough (docs/decisions/009-portal.md).
"""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from schemas.canonical import MATCHING_SYSTEMS

MAX_WORDS = 6
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YEAR = re.compile(r"(?:18|19|20)\d\d")


@dataclass(frozen=True)
class FoundPatient:
    """A patient as a list shows them."""

    id: UUID
    first_name: str
    last_name: str
    birth_date: date | None
    birth_year: int
    gender: str


_SQL = Statements(__file__)
_COLUMNS = ", ".join(f"patient.{name}" for name in FoundPatient.__dataclass_fields__)


def newest_patients(connection: Connection, account_id: int, count: int) -> list[FoundPatient]:
    """The patients created last."""
    statement = f"{_select()} ORDER BY patient.id DESC LIMIT %(count)s"
    return _find(connection, statement, {"account": account_id, "count": count})


def search_patients(
    connection: Connection, account_id: int, text: str, count: int
) -> list[FoundPatient]:
    """Patients that match every word of the text, ordered by name; `text` is not blank.

    A word matches the beginning of a first or last name, a birth date or a birth year. An
    identifier is looked for as the whole text, before all else.

        lop mar          → Lopez, Maria
        Lopez 1961       → Lopez, Maria, born in 1961
        1EG4TE5MK73      → the patient with this identifier, or with an alias of this value
    """
    about: dict[str, object] = {"account": account_id, "count": count}
    identifier = {"systems": list(MATCHING_SYSTEMS), "text": text.strip()}
    by_identifier = _SQL["find_patients_by_identifier"].format(columns=_COLUMNS)
    found = _find(connection, by_identifier, about | identifier)
    if found:
        return found
    words = text.split()[:MAX_WORDS]
    values = {f"word{place}": word.strip(",;") for place, word in enumerate(words)}
    return _find(connection, _search_by_words(words), about | values)


def _select() -> str:
    return f"SELECT {_COLUMNS} FROM patient WHERE patient.account_id = %(account)s"


def _search_by_words(words: list[str]) -> str:
    """The search by words, which come as the parameters `word0`, `word1` and so on."""
    conditions = "".join(
        f" AND ({_condition(word, f'word{place}')})" for place, word in enumerate(words)
    )
    order = "patient.last_name, patient.first_name, patient.id"
    return f"{_select()}{conditions} ORDER BY {order} LIMIT %(count)s"


def _condition(word: str, parameter: str) -> str:
    """What a word is compared with: its shape decides."""
    if _DAY.fullmatch(word):
        return f"patient.birth_date::text = %({parameter})s"
    if _YEAR.fullmatch(word):
        return f"patient.birth_year::text = %({parameter})s"
    return " OR ".join(
        f"starts_with(lower(patient.{column}), lower(%({parameter})s))"
        for column in ("last_name", "first_name")
    )


def _find(connection: Connection, statement: str, values: dict[str, object]) -> list[FoundPatient]:
    with connection.cursor(row_factory=class_row(FoundPatient)) as cursor:
        return cursor.execute(statement, values).fetchall()
