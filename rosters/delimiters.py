"""Which character separates the fields of a roster."""

from rosters.first_records import first_record
from rosters.headers import KnownHeaders
from schemas.errors import FileFault
from schemas.formats import Format

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
"""Delimiters that files are known to use, with the words for them."""


def find_delimiter(text: str, file_format: Format) -> str:
    """The delimiter under which the first record of `text` makes most sense.

    That is the one that gives the most headers of the format: a comma file whose last header holds
    six semicolons is a comma file. Formats without a header take any record that is wide enough.
    Where a comma makes sense it is the comma; another one is accepted only by formats that say
    so (wanted by users: exports of European spreadsheets use semicolons).

    Raises:
        FileFault: the file has a delimiter that the format does not allow.
    """
    known = KnownHeaders(file_format)
    score = {mark: _sense(text, mark, file_format, known) for mark in DELIMITERS}
    best = max(score, key=lambda mark: (score[mark], mark == ","))
    if best == "," or score[best] == 0:
        return ","
    if not file_format.other_delimiters:
        raise FileFault(
            "wrong_delimiter",
            f"the fields are separated by a {DELIMITERS[best]}; this format needs commas",
            1,
        )
    return best


def _sense(text: str, delimiter: str, file_format: Format, known: KnownHeaders) -> int:
    try:
        fields = first_record(text, delimiter)
    except FileFault:
        return 0
    if not file_format.has_header:
        required = sum(column.required for column in file_format.columns)
        return int(len(fields) >= required)
    return known.count(fields)
