"""A mapping as a CSV file that a person edits: a line for each column, and what it means."""

import csv
import io
from collections.abc import Sequence
from string import ascii_uppercase

from rosters.cells import column_letters
from rosters.headers import slot_of_name
from rosters.mapping.suggest import Suggestion
from schemas.column_mapping import MappedColumn
from schemas.errors import NotAllowed
from schemas.formats import Format

_HEADER = ("column", "header", "field")
_MAX_LINES = 1_025


def write_mapping(
    columns: Sequence[MappedColumn], file_format: Format, why: Sequence[Suggestion] = ()
) -> str:
    """The columns as a CSV file; with the reason of each suggestion, if there are any."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_HEADER, *(["why"] if why else [])])
    for index, column in enumerate(columns):
        field = file_format.label_of(column.slot) if column.slot else ""
        reason = [why[index].why] if why else []
        writer.writerow([column_letters(index), column.header, field, *reason])
    return text.getvalue()


def read_mapping(text: str, file_format: Format) -> tuple[MappedColumn, ...]:
    """The columns that a file of `write_mapping` says; a blank field leaves a column out.

    Raises:
        NotAllowed: it is no such file, or a field is none of the format's; it says on which line.
    """
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))[:_MAX_LINES]
    if not rows or tuple(cell.strip().lower() for cell in rows[0][:3]) != _HEADER:
        raise NotAllowed(f"the first line of a mapping is {','.join(_HEADER)}")
    return tuple(
        MappedColumn(row[1], _slot(row[2].strip(), line, file_format))
        for line, row in enumerate(rows[1:], 2)
        if _is_complete(row, line)
    )


def _is_complete(row: list[str], line: int) -> bool:
    if not any(cell.strip() for cell in row):
        return False
    if len(row) < len(_HEADER) or not set(row[0].strip().upper()) <= set(ascii_uppercase):
        raise NotAllowed(f"line {line} of the mapping does not have {', '.join(_HEADER)}")
    return True


def _slot(field: str, line: int, file_format: Format) -> str | None:
    if not field:
        return None
    try:
        return slot_of_field(field, file_format)
    except NotAllowed as error:
        raise NotAllowed(f"line {line} of the mapping: {error.said}", advice=error.advice) from None


def slot_of_field(field: str, file_format: Format) -> str:
    """The slot of a column of the format that a person names: by any spelling, or by its slot.

    Raises:
        NotAllowed: the format has no such column.
    """
    slots = {column.slot for column in file_format.columns}
    slot = field if field in slots else slot_of_name(field, file_format)
    if slot is None or slot not in slots:
        raise NotAllowed(
            f"the format {file_format.name} has no column {field!r}",
            advice=f"`rosterline format show {file_format.name}` lists them",
        )
    return slot
