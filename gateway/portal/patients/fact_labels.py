"""A patient's facts as users read them: one line for what belongs together, no internal keys."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from registry.patients.record import Change, Fact, Origin

_DIGEST_OR_UUID = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN = ("value", "name", "code", "body", "cohort_id", "facility_id")
"""Attributes that say no more than the field does."""

ValueChange = tuple[str, str | None, str | None]
"""(label, old value, new value); None where there was, or is, no value."""


@dataclass(frozen=True)
class Line:
    """A line of the table of a patient's values."""

    label: str
    value: str
    origin: Origin | None


def lines_of(facts: list[Fact], names: Mapping[str, str]) -> Iterator[Line]:
    """The lines of facts, in their order. Parts of one item from one origin make one line.

    `names` are the names of facilities and cohorts by id. For example, the facts
    `address/home/line1` = `1 Main St` and `address/home/city` = `Boston` of one row make the line
    `Address: home`, `1 Main St, Boston`.
    """
    for (field, item, origin), group in groupby(facts, lambda f: (f.field, f.item, f.origin)):
        values = [names.get(fact.value, fact.value) for fact in group]
        yield Line(label_of(field, item, values), ", ".join(values), origin)


def label_of(field: str, item: str, values: list[str]) -> str:
    """The label of a field's item, without what its values say themselves.

    `contact`, `phone/mobile` → `Contact: phone mobile`, but
    `contact`, `phone/+12125550123` with the value `+12125550123` → `Contact: phone`.
    """
    lowered = {value.lower() for value in values}
    if item.startswith("together/"):  # its value holds both parts
        lowered |= {word for value in lowered for word in value.split()}
    kinds = [part for part in item.split("/") if part and part.lower() not in lowered]
    kinds = [part for part in kinds if not _DIGEST_OR_UUID.fullmatch(part)]
    return _capitalised(field) + (f": {' '.join(kinds)}" if kinds else "")


def value_changes_of(change: Change, names: Mapping[str, str]) -> Iterator[ValueChange]:
    """Old and new value of each address that a change touched.

    `{"address/home/postal_code": ("02102", "02101")}` →
    `("Address: home, postal code", "02102", "02101")`
    """
    for address, (old, new) in change.values.items():
        if old == new:
            continue  # a merge lists the values that both patients had, too
        field, *item = address.split("/")
        attribute = item.pop() if item else ""
        values = [value for value in (old, new) if value is not None]
        label = label_of(field, "/".join(item), values)
        if attribute and attribute not in _PLAIN:
            label += f", {attribute.replace('_', ' ')}"
        yield label, names.get(old or "", old), names.get(new or "", new)


def _capitalised(field: str) -> str:
    text = field.replace("_", " ")
    return text[:1].upper() + text[1:]
