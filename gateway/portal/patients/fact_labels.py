"""A patient's facts as a person reads them: what belongs together in one row, without our keys."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from registry.patients.record import Change, Fact, Origin

_DIGEST = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN = ("value", "name", "code", "body", "cohort_id", "facility_id")
"""Attributes that say no more than the field does."""


@dataclass(frozen=True)
class Line:
    """A row of the patient's page."""

    label: str
    value: str
    origin: Origin | None


def lines_of(facts: list[Fact], names: Mapping[str, str]) -> Iterator[Line]:
    """Facts in their order; parts of one item that came together are one line.

    `names` are those of facilities and cohorts by id.
    """
    for (field, item, origin), group in groupby(facts, lambda f: (f.field, f.item, f.origin)):
        values = [names.get(fact.value, fact.value) for fact in group]
        yield Line(label_of(field, item, values), ", ".join(values), origin)


def label_of(field: str, item: str, values: list[str]) -> str:
    """`Contact: phone mobile`; what the value says itself is left out."""
    said = {value.lower() for value in values}
    kinds = [part for part in item.split("/") if part and part.lower() not in said]
    kinds = [part for part in kinds if not _DIGEST.fullmatch(part)]
    return _sentence(field) + (f": {' '.join(kinds)}" if kinds else "")


def changes_of(
    change: Change, names: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    """(label, old, new) of each address that a change touched."""
    for address, (old, new) in change.values.items():
        if old == new:
            continue  # a merge says what both told
        field, *item = address.split("/")
        attribute = item.pop() if item else ""
        values = [value for value in (old, new) if value is not None]
        label = label_of(field, "/".join(item), values)
        if attribute and attribute not in _PLAIN:
            label += f", {attribute.replace('_', ' ')}"
        yield label, names.get(old or "", old), names.get(new or "", new)


def _sentence(field: str) -> str:
    text = field.replace("_", " ")
    return text[:1].upper() + text[1:]
