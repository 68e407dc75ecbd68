"""Header folding: which column of a format a header names, however it is spelled.

This is the only place that compares headers. A header that the format does not know is text of
the sender, and may be a value of a patient.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from schemas.formats import Format


def fold_header(header: str, file_format: Format) -> str:
    """What two spellings of one header have in common.

    `"Patient First-Name *"` → `"patientfirstname"` in a format that drops everything but letters
    and digits. Lower case comes first: some formats drop capital letters.
    """
    return re.sub(file_format.dropped_in_headers, "", header.strip("\ufeff").lower())


def fold_own_header(header: str) -> str:
    """The same for the headers of a mapping, of which a format might drop every letter.

    `" Vor  Name "` → `"vor name"`
    """
    return " ".join(header.strip("\ufeff").casefold().split())


def slots_by_header(file_format: Format) -> dict[str, str]:
    """Slot by folded header, for all spellings that the format accepts."""
    return {
        fold_header(header, file_format): column.slot
        for column in reversed(file_format.columns)
        for header in column.headers
    }


class KnownHeaders:
    """The headers that a format knows: those of the account's mapping first, if it has one."""

    def __init__(self, file_format: Format) -> None:
        self._format = file_format
        self._declared = slots_by_header(file_format)
        self._own: dict[str, list[str | None]] = defaultdict(list)
        mapping = file_format.mapping
        if mapping is not None and not mapping.by_position:
            for column in mapping.columns:
                self._own[fold_own_header(column.header)].append(column.slot)

    def is_own(self, header: str) -> bool:
        """Whether the mapping names this header, be it to leave its column out."""
        return fold_own_header(header) in self._own

    def slots_named(self, headers: Sequence[str]) -> frozenset[str]:
        """The slots that these headers name."""
        return frozenset(slot for slot in self.slots(headers) if slot)

    def count(self, headers: Sequence[str]) -> int:
        """How many of these headers are known."""
        slots = self.slots(headers)
        return sum(
            self.is_own(header) or slot is not None
            for header, slot in zip(headers, slots, strict=True)
        )

    def slots(self, headers: Sequence[str]) -> list[str | None]:
        """The slot that each header names; None where it names none, or is left out.

        Of columns with the same header, the first is the mapping's first one of that name.
        """
        seen: Counter[str] = Counter()
        found = []
        for header in headers:
            own = self._own.get(folded := fold_own_header(header))
            if own is None:
                found.append(self._declared.get(fold_header(header, self._format)))
                continue
            place, seen[folded] = seen[folded], seen[folded] + 1
            found.append(own[place] if place < len(own) else None)
        return found


def without_loose(
    found: list[tuple[str | None, int]], headers: Sequence[str], file_format: Format
) -> list[tuple[str | None, int]]:
    """The columns found, (slot, index), where a loose synonym gives way to any other header.

    So does every header of the format to one of the mapping. Of two loose ones the first stays.
    What gave way is a column that the format does not know.
    """
    known = KnownHeaders(file_format)
    loose = {
        fold_header(header, file_format)
        for column in file_format.columns
        for header in column.loose_synonyms
    }
    own = {i for i, header in enumerate(headers) if known.is_own(header)}
    yields = {
        i
        for i, header in enumerate(headers)
        if i not in own and fold_header(header, file_format) in loose
    }
    mapped = {slot for slot, i in found if i in own}
    taken = {slot for slot, i in found if i not in yields}
    kept: list[tuple[str | None, int]] = []
    for slot, i in found:
        gives_way = (i in yields and slot in taken) or (i not in own and slot in mapped)
        kept.append((None if gives_way else slot, i))
        taken.add(slot)
    return kept


def slot_of_name(name: str, file_format: Format) -> str | None:
    """The slot of a column by the name that an issue gives it; None for an unknown header.

    Issues written before revision 0011 have only this name: the file's header, the format's label
    where the file lacks the column, or the slot of an `AtLeastOne`.
    """
    if any(need.slot == name for need in file_format.at_least_one):
        return name
    return slots_by_header(file_format).get(fold_header(name, file_format))
