"""The columns of a grid: their order, their names, and where a changed value belongs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry.ledger.kept_rows import Change
from rosters.layout import Layout
from schemas.formats import DemographicMatch, Fact, Format

_SSN_HEADER = re.compile(r"\bssn\b|social.?security", re.IGNORECASE)
_LITERAL = re.compile(r"'([^']*)'")


@dataclass(frozen=True)
class Columns:
    """The columns of one file, by their indices in it.

    `order` has those that are shown: the key, the name, then the others as they stand in the file.
    """

    file_format: Format
    layout: Layout
    order: tuple[int, ...]

    def name_of(self, index: int) -> str:
        """What its sender calls the column; in a file without a header what the format does."""
        slot = self._slot_of(index)
        if not self.layout.has_header and slot:
            return self.file_format.label_of(slot)
        return self.layout.column_names[index].removesuffix(" *")

    def is_masked(self, index: int) -> bool:
        """Whether its values are social security numbers."""
        slot = self._slot_of(index)
        of_slot = any(fact.slot == slot and _is_ssn(fact) for fact in self.file_format.facts)
        return of_slot or bool(_SSN_HEADER.search(self.layout.column_names[index]))

    def index_of(self, change: Change) -> int | None:
        """The column that brought a change; None where no column, or more than one, can have.

        `contact`, `email/main`, `value` → the index of the column `E-mail`
        """
        slots = {
            fact.slot
            for fact in self.file_format.facts
            if fact.slot in self.layout.slots
            and (fact.field, fact.attribute) == (change.field, change.attribute)
            and _may_make(fact, change.item)
        }
        return self.layout.slots[slots.pop()] if len(slots) == 1 else None

    def _slot_of(self, index: int) -> str | None:
        return next((slot for slot, at in self.layout.slots.items() if at == index), None)


def columns_of(file_format: Format, layout: Layout, filled: Iterable[int]) -> Columns:
    """The columns of a grid: those that are filled, or that every row needs."""
    needed = [column.slot for column in file_format.columns if column.required]
    first = [*_key_slots(file_format), "first_name", "last_name"]
    place = {index: slot for slot, index in layout.slots.items()}
    shown = set(filled) | {layout.slots[slot] for slot in needed if slot in layout.slots}
    shown -= set(layout.ours)
    rank = {slot: number for number, slot in enumerate(first)}
    order = sorted(shown, key=lambda index: (rank.get(place.get(index, ""), len(rank)), index))
    return Columns(file_format, layout, tuple(order))


def _key_slots(file_format: Format) -> list[str]:
    return [tier.slot for tier in file_format.match if not isinstance(tier, DemographicMatch)]


def _may_make(fact: Fact, item: str) -> bool:
    """Whether the fact's item, SQL such as `'phone/' || mobile`, may be this one."""
    literal = _LITERAL.match(fact.item)
    if literal is None:
        return True
    is_whole = literal.end() == len(fact.item)
    return item == literal[1] if is_whole else item.startswith(literal[1])


def _is_ssn(fact: Fact) -> bool:
    return fact.field == "identifier" and fact.item.startswith("'ssn")
