"""A catalogue of mends: what people usually do to a cell that a check refused, as pure functions.

A mend only proposes. Whether a value is good is the format's own validation to say, which judges
each proposal (`assets/staged_patients/try_mends.py`); what it refuses is never shown.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_YEAR = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-])?((?:19|20)\d\d)(?:[./-]\d{1,2}[./-]\d{1,2})?")
_SEXES = {"male": "m", "man": "m", "boy": "m", "female": "f", "woman": "f", "girl": "f"}

Cells = Mapping[str, str]
"""The texts of cells by slot."""


@dataclass(frozen=True)
class Mend:
    """A mend: its name in forms, what people call it, and what it makes of the cells at fault.

    `of` gets the texts of cells at fault by slot, and gives those that it changes.
    """

    name: str
    title: str
    of: Callable[[Cells], Cells]


def _each(change: Callable[[str], str | None]) -> Callable[[Cells], Cells]:
    """A mend that changes each cell by itself; `change` gives None where it has nothing to say."""

    def of(cells: Cells) -> Cells:
        made = {slot: change(text) for slot, text in cells.items() if text}
        return {slot: text for slot, text in made.items() if text and text != cells[slot]}

    return of


def first_letter(text: str) -> str | None:
    """`Male` → `m`."""
    return _SEXES.get(text.strip().lower())


def zeros_for_plus(text: str) -> str | None:
    """`+31 6 1234` → `0031 6 1234`."""
    bare = text.strip()
    return f"00{bare[1:]}" if bare.startswith("+") else None


def without_spaces(text: str) -> str | None:
    """`ann @example.com` → `ann@example.com`."""
    return re.sub(r"\s+", "", text)


def day_and_month(text: str) -> str | None:
    """`27/05/1961` → `05/27/1961`."""
    found = _DATE.fullmatch(text.strip())
    return f"{found[3]}{found[2]}{found[1]}{found[2]}{found[4]}" if found else None


def year_alone(text: str) -> str | None:
    """`27-05-1961` → `1961`."""
    found = _YEAR.fullmatch(text.strip())
    return found[1] if found else None


def swapped(cells: Cells) -> Cells:
    """Two cells at fault with each other's text; nothing where there are more, or fewer."""
    if len(cells) != 2 or not all(cells.values()):  # noqa: PLR2004 - a pair
        return {}
    (one, first), (other, second) = cells.items()
    return {one: second, other: first}


MENDS = (
    Mend("first-letter", "Write the word for the sex as its letter", _each(first_letter)),
    Mend("zeros", "Write + before a phone number as 00", _each(zeros_for_plus)),
    Mend("day-month", "Swap day and month", _each(day_and_month)),
    Mend("year", "Keep the year alone", _each(year_alone)),
    Mend("spaces", "Take spaces out", _each(without_spaces)),
    Mend("swap", "Swap two columns", swapped),
)
"""The first one that helps a cell is offered for it."""
