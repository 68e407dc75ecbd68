"""Search for patients by names, birth date or year, identifier, e-mail, phone or client group.

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
LEAST_DIGITS = 7
"""Fewer digits are no phone number, but a year or an identifier."""

_PHONE = re.compile(r"[+\d][\d\s().-]*|\([\d\s().-]+")
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


def search_patients(
    connection: Connection, account_id: int, text: str, count: int
) -> list[FoundPatient]:
    """Patients that match every word of the text, ordered by name; `text` is not blank.

    A word matches the beginning of a first or last name, a birth date or a birth year. The whole
    text is looked for before that: as an identifier, in capital and small letters too, as an e-mail
    address, as a phone number or its last digits, and, if no name matches, as a client group.

        lop mar          → Lopez, Maria
        Lopez 1961       → Lopez, Maria, born in 1961
        1eg4te5mk73      → the patient with this identifier, or with an alias of this value
        (212) 555-0123   → those with a phone number that ends so
        acme inc         → the patients of this client group
    """
    about: dict[str, object] = {"account": account_id, "count": count}
    text = text.strip()
    spellings = list(dict.fromkeys((text, text.upper(), text.lower())))
    identifier = {"systems": list(MATCHING_SYSTEMS), "spellings": spellings}
    found = _find(connection, _statement("find_patients_by_identifier"), about | identifier)
    if not found and any(contact := _contact(text)):
        email, digits = contact
        about_contact = about | {"email": email, "digits": digits}
        found = _find(connection, _statement("find_patients_by_contact"), about_contact)
    if found:
        return found
    words = text.split()[:MAX_WORDS]
    values = {f"word{place}": word.strip(",;") for place, word in enumerate(words)}
    found = _find(connection, _search_by_words(words), about | values)
    return found or _find(connection, _statement("find_patients_by_group"), about | {"text": text})


def _statement(name: str) -> str:
    return _SQL[name].format(columns=_COLUMNS)


def _contact(text: str) -> tuple[str, str]:
    """The text as e-mail address and as digits of a phone number; empty where it is none.

    `Ann@x.org` → `("ann@x.org", "")`, `0012125550123` → `("", "12125550123")`
    """
    if "@" in text:
        return text.lower(), ""
    digits = "".join(filter(str.isdecimal, text)).removeprefix("00")
    is_phone = _PHONE.fullmatch(text) and len(digits) >= LEAST_DIGITS and not _DAY.fullmatch(text)
    return "", digits if is_phone else ""


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
        return f"patient.birth_date = %({parameter})s::date" if _is_day(word) else "FALSE"
    if _YEAR.fullmatch(word):
        return f"patient.birth_year::text = %({parameter})s"
    return " OR ".join(
        f"starts_with(lower(patient.{column}), lower(%({parameter})s))"
        for column in ("last_name", "first_name")
    )


def _is_day(word: str) -> bool:
    """Whether there is such a day; nobody is born on 30 February."""
    try:
        date.fromisoformat(word)
    except ValueError:
        return False
    return True


def _find(connection: Connection, statement: str, values: dict[str, object]) -> list[FoundPatient]:
    with connection.cursor(row_factory=class_row(FoundPatient)) as cursor:
        return cursor.execute(statement, values).fetchall()
