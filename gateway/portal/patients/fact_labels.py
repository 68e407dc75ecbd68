"""A patient's facts as users read them: one line for what belongs together, no internal keys."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.portal.languages import N_, gettext, translated
from registry.patients.record import Change, Fact, Origin

_DIGEST_OR_UUID = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN = ("value", "name", "code", "body", "cohort_id", "facility_id", "enrolled_on")
"""Attributes that say no more than the field does."""

_NAMES = {
    ("identifier", "internal"): N_("Internal ID"),
    ("identifier", "external"): N_("External ID"),
    ("identifier", "ehr"): N_("EHR ID"),
    ("identifier", "mbi"): N_("Medicare ID"),
    ("identifier", "ssn"): N_("Social security number"),
    ("identifier", "license"): N_("Driving license"),
    ("contact", "phone/home"): N_("Home phone"),
    ("contact", "phone/mobile"): N_("Mobile phone"),
    ("contact", "phone/work"): N_("Work phone"),
    ("contact", "phone"): N_("Phone"),
    ("contact", "email"): N_("E-mail"),
    ("contact", "together"): N_("Phone and e-mail"),
    ("address", "home"): N_("Home address"),
    ("address", "other"): N_("Other address"),
    ("enrolment", "ccm"): N_("CCM enrollment date"),
    ("enrolment", "medicare"): N_("Medicare enrollment date"),
    ("coverage", "primary"): N_("Primary insurance"),
    ("coverage", "secondary"): N_("Secondary insurance"),
    ("condition", ""): N_("Diagnosis code"),
    ("medication", ""): N_("Medication"),
    ("flag", ""): N_("Flag"),
    ("note", ""): N_("Note"),
    ("client_group", ""): N_("Client group"),
    ("cohort", ""): N_("Cohort"),
    ("facility", ""): N_("Facility"),
    ("hie_opt_out", ""): N_("No record sharing (HIE opt-out)"),
    ("withdrawn", ""): N_("Deleted over the API"),
}
"""By field and item, or the first part of the item; with no item for all items of the field."""

_ATTRIBUTES = {
    "line1": N_("line 1"),
    "line2": N_("line 2"),
    "policy_id": N_("policy number"),
}

ValueChange = tuple[str, str | None, str | None]
"""(label, old value, new value); None where there was, or is, no value."""


@dataclass(frozen=True)
class Line:
    """A line of the table of a patient's values."""

    label: str
    value: str
    origin: Origin | None


def lines_of(
    facts: list[Fact], names: Mapping[str, str], *, reveal: bool = False
) -> Iterator[Line]:
    """The lines of facts, in their order. Parts of one item from one origin make one line.

    `reveal` shows social security numbers whole. `names` are the names of facilities and cohorts by
    id. For example, the facts `address/home/line1` = `1 Main St` and `address/home/city` = `Boston`
    of one row make the line `Home address`, `1 Main St, Boston`.
    """
    for (field, item, origin), group in groupby(facts, lambda f: (f.field, f.item, f.origin)):
        values = [names.get(fact.value, fact.value) for fact in group]
        label = label_of(field, item, values)
        shown = [shown_value(field, item, value, reveal=reveal) for value in values]
        yield Line(label, ", ".join(shown), origin)


def label_of(field: str, item: str, values: list[str]) -> str:
    """The name that people have for a field's item, without what its values say themselves.

    `contact`, `phone/mobile` → `Mobile phone`; `flag`, `dnr/dni` with the value `DNR/DNI` → `Flag`;
    `address`, `other/<digest>` → `Other address`
    """
    kind = item.partition("/")[0]
    for known in ((field, item), (field, kind), (field, "")):
        if known in _NAMES:
            return gettext(_NAMES[known])
    lowered = {value.lower() for value in values}
    if not item or item.lower() in lowered or _DIGEST_OR_UUID.fullmatch(item):
        return _capitalised(field)
    return f"{_capitalised(field)}: {item}"


def address_label(field: str, item: str, attribute: str, values: Sequence[str] = ()) -> str:
    """The name of one value: `Home address, city`."""
    label = label_of(field, item, list(values))
    if attribute and attribute not in _PLAIN:
        label += f", {translated(_ATTRIBUTES.get(attribute, attribute.replace('_', ' ')))}"
    return label


def shown_value(field: str, item: str, value: str, *, reveal: bool = False) -> str:
    """A value as a page shows it: of a social security number the last four digits only."""
    if reveal or field != "identifier" or not item.startswith("ssn/"):
        return value
    return f"•••-••-{value[-4:]}"


def value_changes_of(
    change: Change, names: Mapping[str, str], *, reveal: bool = False
) -> Iterator[ValueChange]:
    """Old and new value of each address that a change touched.

    `{"address/home/postal_code": ("02102", "02101")}` →
    `("Home address, postal code", "02102", "02101")`
    """
    for address, (old, new) in change.values.items():
        if old == new:
            continue  # a merge lists the values that both patients had, too
        field, _, rest = address.partition("/")
        item, _, attribute = rest.rpartition("/")
        label = address_label(field, item, attribute, [each for each in (old, new) if each])
        before, after = (
            value and shown_value(field, item, names.get(value, value), reveal=reveal)
            for value in (old, new)
        )
        yield label, before, after


def _capitalised(field: str) -> str:
    text = field.replace("_", " ")
    return translated(text[:1].upper() + text[1:])
