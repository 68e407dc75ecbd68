"""Cells that seem to hold whole rows: stray quotes, the last of them at an end of a cell.

Such a cell keeps RFC 4180; nothing but the delimiters on its lines tells it from a note of several
lines. `assets/staged_patients/sql/` says the same of all cells of a file.
"""

import re

_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def holds_rows(cells: list[str], index: int, delimiter: str) -> bool:
    """Whether the lines of the cell at `index` have the delimiters of rows like this record.

    A line inside it has as many; or the first line completes a row and the last begins one, those
    counted that other cells hold, because further quotes may have joined cells; or, where a quoted
    cell was swallowed and may have had line ends of its own, all lines together make two rows.
    """
    counts = [line.count(delimiter) for line in _LINE_ENDS.split(cells[index])]
    wanted = len(cells) - 1
    if len(counts) == 1 or not wanted:
        return False
    before = index + sum(cell.count(delimiter) for cell in cells[:index])
    after = wanted - index + sum(cell.count(delimiter) for cell in cells[index + 1 :])
    return (
        max(counts[1:-1], default=0) >= wanted
        or (before + counts[0] >= wanted and counts[-1] + after >= wanted)
        or ('"' in cells[index] and before + sum(counts) + after >= 2 * wanted)
    )
