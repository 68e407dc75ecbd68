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


def cell_name(index: int, line: int, sheet: str = "") -> str:
    """The cell in the column with this index, counted from 0, on this line: 1, 7 → `B7`.

    With a sheet as spreadsheets name it in formulas: `Patients!B7`, `'New patients'!B7`.
    """
    name = f"{column_letters(index)}{line}"
    if not sheet:
        return name
    is_plain = sheet.isidentifier() and sheet.isascii()
    quoted = sheet if is_plain else "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{name}"
