"""What to tell a sender whose file does not begin with a header that can be used."""
# ruff: noqa: RUF001 - the marks that are meant

import io
from itertools import islice

from rosters.delimiters import DELIMITERS
from rosters.headers import KnownHeaders
from schemas.errors import FileFault
from schemas.formats import Format

_LINES_LOOKED_AT = 30
_ENOUGH_HEADERS = 2
_ENOUGH_QUOTED = 3
_FOREIGN_QUOTES = ("''", "``", "‘’", "“”", "„“", "„”", "””", "’’", "«»", "′′", "´´")


def find_header(text: str, file_format: Format, line: int) -> int | None:
    """The line below the first record of `text` that looks like the header; that one is `line`."""
    known = KnownHeaders(file_format)
    lines = list(islice(io.StringIO(text, newline=""), _LINES_LOOKED_AT))
    for number, each in enumerate(lines[1:], line + 1):
        for delimiter in DELIMITERS:
            if len(known.slots_named(each.split(delimiter))) >= _ENOUGH_HEADERS:
                return number
    return None


def refuse_foreign_quotes(cells: list[str], line: int) -> None:
    """Refuse a file whose first cells stand between marks that are no quotes in CSV.

    Raises:
        FileFault: so they do.
    """
    given = [cell.strip() for cell in cells if cell.strip()]
    for first, last in map(tuple, _FOREIGN_QUOTES):
        if len(given) >= _ENOUGH_QUOTED and all(
            len(cell) > 1 and cell[0] == first and cell[-1] == last for cell in given
        ):
            raise FileFault(
                "wrong_quotes",
                f"the cells of line {line} are quoted with {first} and {last}; CSV needs straight "
                'double quotes (") or none',
                line,
            )
