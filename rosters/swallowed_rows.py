"""Cells that seem to hold whole rows: two stray quotes, the second at the end of a cell.

Such a cell keeps RFC 4180; nothing but its look tells it from a note of several lines.
`assets/staged_patients/sql/` says the same of all cells of a file.
"""

import re

_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def holds_rows(cell: str, index: int, width: int, delimiter: str) -> bool:
    """Whether the lines of a cell at `index` have the delimiters of rows of `width` cells.

    Either a line inside it has as many, or its first line completes a row and its last begins one.
    """
    counts = [line.count(delimiter) for line in _LINE_ENDS.split(cell)]
    if len(counts) == 1 or width == 1:
        return False
    return max(counts[1:-1], default=0) >= width - 1 or (
        counts[0] >= width - 1 - index and counts[-1] >= index
    )
