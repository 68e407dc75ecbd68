"""Cells by the names that spreadsheets give them, such as `B7`."""

_LETTERS = 26


def column_letters(index: int) -> str:
    """The letters of a column, counted from 0: 0 → `A`, 25 → `Z`, 26 → `AA`."""
    text = ""
    while index >= 0:
        index, rest = divmod(index, _LETTERS)
        text = chr(ord("A") + rest) + text
        index -= 1
    return text


def cell_name(index: int, line: int) -> str:
    """The cell in the column with this index, counted from 0, on this line: 1, 7 → `B7`."""
    return f"{column_letters(index)}{line}"
