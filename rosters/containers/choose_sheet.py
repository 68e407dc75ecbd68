"""Which sheet of a workbook is the roster, and on which row its header stands."""

from dataclasses import dataclass

from rosters.containers.roster import shown_names
from rosters.headers import KnownHeaders
from schemas.errors import FileFault
from schemas.formats import Format

ROWS_LOOKED_AT = 30
_ENOUGH_HEADERS = 2


@dataclass(frozen=True)
class Look:
    """What the first rows of a sheet say: the slots that its header names, and where that is.

    `header` counts from 0; it is None where no row looks like a header.
    """

    sheet: str
    slots: frozenset[str]
    header: int | None
    is_empty: bool


def look_at(sheet: str, rows: list[list[str]], file_format: Format) -> Look:
    """Look at the first rows of a sheet."""
    is_empty = not any(cell.strip() for row in rows for cell in row)
    if not file_format.expects_header:
        return Look(sheet, frozenset(), None, is_empty)
    known = KnownHeaders(file_format)
    for number, row in enumerate(rows):
        slots = known.slots_named([cell for cell in row if cell])
        if len(slots) >= _ENOUGH_HEADERS:
            return Look(sheet, slots, number, is_empty)
    return Look(sheet, frozenset(), None, is_empty)


def choose_sheet(looks: list[Look], file_format: Format) -> Look:
    """The sheet that is the roster: the only one with text, or the only one that fits.

    Of several that name columns of the format, it is the one that has all required columns.

    Raises:
        FileFault: none fits, or several do.
    """
    filled = [look for look in looks if not look.is_empty]
    if not filled:
        raise FileFault("empty_file", "the workbook has no visible sheet with text in it")
    if len(filled) == 1:
        return filled[0]  # if it does not fit, its layout says in which respect
    required = {column.slot for column in file_format.columns if column.required}
    fitting = [look for look in filled if look.header is not None]
    complete = [look for look in fitting if required <= look.slots]
    names = [look.sheet for look in complete or fitting or filled]
    if len(names) == 1:
        return next(look for look in filled if look.sheet == names[0])
    if fitting:
        raise FileFault(
            "several_rosters_inside",
            f"{len(names)} sheets of the workbook fit the format {file_format.name}: "
            f"{shown_names(names)}; nothing was imported, keep one of them in the file",
        )
    raise FileFault(
        "no_roster_inside",
        f"none of the {len(names)} sheets of the workbook has a header of the format "
        f"{file_format.name}: {shown_names(names)}; keep the one with the patients in the file",
    )
