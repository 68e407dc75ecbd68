"""The search text of a list of patients, as the HTTP API takes it.

    john doe        both words, in any order
    "john doe"      these words side by side
    john or doe     either of them
    john -doe       the first and not the second

A word is compared with first and last name (whole words, without accents and case), with the birth
date (also only its year, or year and month), with our id, the sender's id, and with ids and names
of facilities. Names have no index (`registry/patients/search.py` says why).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from schemas.errors import NotAllowed

MAX_WORDS = 20
_PART = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_BIRTH = re.compile(r"(?:18|19|20)\d\d(?:-\d\d(?:-\d\d)?)?")
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class Word:
    """A word, or words side by side, that a patient must have, or must not have."""

    text: str
    is_excluded: bool = False


Filter = tuple[tuple[Word, ...], ...]
"""Alternatives; a patient satisfies all words of one of them."""


def read_filter(text: str) -> Filter:
    """Read a search text.

        john "van dyke" or doe -smith   →   ((john, van dyke), (doe, not smith))

    Raises:
        NotAllowed: it has no word, or too many.
    """
    alternatives: list[list[Word]] = [[]]
    for minus, phrase, bare in _PART.findall(text):
        if bare.lower() == "or" and not minus:
            alternatives.append([])
        elif any(map(str.isalnum, words := (phrase or bare).strip(" ,;"))):
            alternatives[-1].append(Word(words, bool(minus)))
    chosen = tuple(tuple(words) for words in alternatives if words)
    count = sum(len(words) for words in chosen)
    if not chosen or count > MAX_WORDS:
        raise NotAllowed(f"filters must have 1 to {MAX_WORDS} words")
    return chosen


def condition_of(chosen: Filter, facilities: Sequence[tuple[UUID, str]]) -> str:
    """SQL over `patient` of a filter; `values_of` has its parameters.

    `facilities` are the account's, by id and name.
    """
    numbered = iter(range(MAX_WORDS))
    alternatives = [
        " AND ".join(_condition(word, next(numbered), facilities) for word in words)
        for words in chosen
    ]
    return "(" + " OR ".join(f"({each})" for each in alternatives) + ")"


def values_of(chosen: Filter, facilities: Sequence[tuple[UUID, str]]) -> dict[str, object]:
    """The parameters of `condition_of`."""
    values: dict[str, object] = {}
    for number, word in enumerate(word for words in chosen for word in words):
        values[f"given{number}"] = word.text
        values[f"plain{number}"] = _plain(word.text)
        values[f"facilities{number}"] = _named(word, facilities)
    return values


def _condition(word: Word, number: int, facilities: Sequence[tuple[UUID, str]]) -> str:
    found = " OR ".join(_comparisons(word, number, facilities))
    return f"NOT ({found})" if word.is_excluded else f"({found})"


def _comparisons(word: Word, number: int, facilities: Sequence[tuple[UUID, str]]) -> Iterator[str]:
    yield (
        "plain_words(patient.first_name || ' ' || patient.last_name)"
        f" @@ phraseto_tsquery('simple', %(plain{number})s)"
    )
    # Identifiers are looked up once, by their index.
    yield (
        "patient.id IN (SELECT patient_id FROM patient_identifier"
        f" WHERE account_id = %(account)s AND item = 'external' AND value = %(given{number})s)"
    )
    if _BIRTH.fullmatch(word.text):
        yield (
            "starts_with(coalesce(patient.birth_date::text, patient.birth_year::text),"
            f" %(given{number})s)"
        )
    if _is_id(word.text):
        yield f"patient.id = %(given{number})s::uuid"
    if _named(word, facilities):
        yield (
            "EXISTS (SELECT FROM patient_facility WHERE patient_facility.patient_id = patient.id"
            f" AND patient_facility.facility_id = ANY(%(facilities{number})s))"
        )


def _named(word: Word, facilities: Sequence[tuple[UUID, str]]) -> list[UUID]:
    """The facilities whose id the word is, or whose name has it."""
    wanted = f" {_plain(word.text)} "
    return [
        facility
        for facility, name in facilities
        if word.text.lower() == str(facility) or wanted in f" {_plain(name)} "
    ]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()
