"""What a person may correct of a patient, and what a filled form changes.

An account's format says which values there are. Of a value that a patient has once (the home
phone) the text is edited; of a list (flags, or the phones of Metriport) items are removed and
added. Facilities and cohorts are changed where they are managed, and not here.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from registry.patients.facts import BareFact
from registry.patients.record import address_of
from rosters.entered_values import read_entered
from schemas.canonical import PARTS
from schemas.formats import Column, Fact, Format, Group
from schemas.rules import Circumstances

Changes = dict[str, tuple[str | None, str | None]]
_CONSTANT = re.compile(r"'([^']*)'")
_MANAGED_ELSEWHERE = ("cohort", "facility")
_TOGETHER = "together/"


@dataclass(frozen=True)
class EditableField:
    """A value that a patient has at most once, by the slot of its column."""

    slot: str
    field: str
    item: str
    attribute: str
    value: str
    column: Column

    @property
    def address(self) -> str:
        """Its address as changes spell it."""
        return address_of(self.field, self.item, self.attribute)


@dataclass(frozen=True)
class EditableItem:
    """An item of a list, with its values; it is removed as a whole."""

    field: str
    item: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Editable:
    """The fields and items of a patient, and the columns of which an item can be added."""

    fields: Sequence[EditableField]
    items: Sequence[EditableItem]
    addable: Sequence[Column]


@dataclass(frozen=True)
class Filled:
    """A form: texts by slot as they were shown and as they are now, added texts, removed items."""

    before: Mapping[str, str]
    texts: Mapping[str, str]
    added: Mapping[str, str] = field(default_factory=dict)
    removed: Collection[tuple[str, str]] = ()

    @property
    def edited(self) -> dict[str, str]:
        """The texts that a person changed."""
        return {
            slot: text.strip()
            for slot, text in self.texts.items()
            if text.strip() != self.before.get(slot, "").strip()
        }


def editable(file_format: Format, facts: Sequence[BareFact]) -> Editable:
    """What may be corrected of a patient with these facts."""
    values = {address_of(*fact[:3]): fact[3] for fact in facts}
    fields = [
        EditableField(
            fact.slot, fact.field, item, fact.attribute,
            values.get(address_of(fact.field, item, fact.attribute), ""),
            file_format.column(fact.slot),
        )
        for fact, item in _single(file_format)
    ]  # fmt: skip
    single = {(each.field, each.item) for each in fields}
    listed = [part.name for part in PARTS if part.name not in _MANAGED_ELSEWHERE]
    items: dict[tuple[str, str], dict[str, str]] = {}
    for name, item, attribute, value in facts:
        if name in listed and (name, item) not in single and not item.startswith(_TOGETHER):
            address = address_of(name, item, attribute)
            items.setdefault((name, item), {})[address] = value
    return Editable(
        fields,
        [EditableItem(*key, of_item) for key, of_item in items.items()],
        [*_addable(file_format)],
    )


def changes_of(
    file_format: Format,
    facts: Sequence[BareFact],
    filled: Filled,
    circumstances: Circumstances,
    spell: Callable[[str, str], str],
) -> tuple[Changes, dict[str, str]]:
    """What a form changes, address → (old, new), and what is wrong, by slot.

    `old` of an edited text is what the form showed, so that nobody overwrites what they have not
    seen. `spell` gives a name of the account's vocabulary, by field, in its first spelling.
    """
    shown = editable(file_format, facts)
    entries = filled.edited | {slot: text.strip() for slot, text in filled.added.items()}
    entered = read_entered(file_format, entries, circumstances)
    refused = dict(_missing(file_format, shown, filled)) | entered.refused
    if refused:
        return {}, refused
    values = {address_of(*fact[:3]): fact[3] for fact in facts}
    changes: Changes = {}
    for each in shown.fields:
        if each.slot in filled.edited and not filled.edited[each.slot]:
            changes[each.address] = (filled.before.get(each.slot) or None, None)
    for address in _removed(facts, filled.removed):
        changes[address] = (values[address], None)
    before = {each.address: filled.before.get(each.slot) or None for each in shown.fields}
    vocabularies = {fact.field for fact in file_format.facts if fact.vocabulary}
    for address, value in entered.facts.items():
        name = address.split("/")[0]
        new = spell(name, value) if name in vocabularies else value
        changes[address] = (before.get(address, values.get(address)), new)
    return {at: pair for at, pair in changes.items() if pair[0] != pair[1]}, {}


def _single(file_format: Format) -> Iterator[tuple[Fact, str]]:
    """Facts that a patient has once, each with its item; those made of others are left out."""
    for fact in file_format.facts:
        constant = _CONSTANT.fullmatch(fact.item)
        if constant and fact.value is None:
            yield fact, constant[1]


def _addable(file_format: Format) -> Iterator[Column]:
    """Columns of items, each once: of `phone`, `phone-1` … the first."""
    seen = set()
    for fact in file_format.facts:
        column = file_format.column(fact.slot)
        is_listed = not _CONSTANT.fullmatch(fact.item) and fact.field not in _MANAGED_ELSEWHERE
        if is_listed and not column.slot[-1].isdecimal() and column.slot not in seen:
            seen.add(column.slot)
            yield column


def _missing(file_format: Format, shown: Editable, filled: Filled) -> Iterator[tuple[str, str]]:
    """Values that must be there: required ones, and the others of a group of which one is."""
    for each in shown.fields:
        if each.column.required and filled.edited.get(each.slot) == "":
            yield each.slot, f"{each.column.label}: is required"
    after = {each.slot: each.value for each in shown.fields}
    after |= {**filled.texts, **filled.added}
    for group in file_format.groups:
        if not _touches(group, filled):
            continue
        members = [slot for slot in (*group.needs, *group.optional) if after.get(slot, "").strip()]
        for slot in group.needs:
            if members and slot not in members:
                label = file_format.label_of(slot)
                yield slot, f"{label}: is missing; fill in all that belong together, or none"


def _touches(group: Group, filled: Filled) -> bool:
    given = {slot for slot, text in filled.added.items() if text.strip()}
    return not given.union(filled.edited).isdisjoint((*group.needs, *group.optional))


def _removed(facts: Sequence[BareFact], removed: Collection[tuple[str, str]]) -> Iterator[str]:
    """The addresses of removed items, and of what joins a removed phone to an e-mail address."""
    gone = set(removed)
    for name, item, attribute, _ in facts:
        halves = item.removeprefix(_TOGETHER).split("/") if item.startswith(_TOGETHER) else []
        joined = {(name, f"{kind}/{half}") for kind in ("phone", "email") for half in halves}
        if (name, item) in gone or gone & joined:
            yield address_of(name, item, attribute)
