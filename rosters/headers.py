"""Header folding: which column of a format a header names, however it is spelled.

This is the only place that compares headers. A header that the format does not know is text of
the sender, and may be a value of a patient.
"""

import re

from schemas.formats import Format


def fold_header(header: str, file_format: Format) -> str:
    """What two spellings of one header have in common.

    `"Patient First-Name *"` → `"patientfirstname"` in a format that drops everything but letters
    and digits. Lower case comes first: some formats drop capital letters.
    """
    return re.sub(file_format.dropped_in_headers, "", header.strip("\ufeff").lower())


def slots_by_header(file_format: Format) -> dict[str, str]:
    """Slot by folded header, for all spellings that the format accepts."""
    return {
        fold_header(header, file_format): column.slot
        for column in reversed(file_format.columns)
        for header in column.headers
    }


def without_loose(
    found: list[tuple[str | None, int]], folded: list[str], file_format: Format
) -> list[tuple[str | None, int]]:
    """The columns found, (slot, index), where a loose synonym gives way to any other header.

    Of two loose ones the first stays. What gave way is a column that the format does not know.
    """
    loose = {
        fold_header(header, file_format)
        for column in file_format.columns
        for header in column.loose_synonyms
    }
    taken = {slot for slot, i in found if folded[i] not in loose}
    kept: list[tuple[str | None, int]] = []
    for slot, i in found:
        gives_way = folded[i] in loose and slot in taken
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
