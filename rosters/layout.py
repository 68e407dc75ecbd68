"""How a file is laid out: delimiter, header, and which column of the file fills which slot."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rosters.encoding import TextEncoding, detect_encoding
from schemas.errors import FileFault
from schemas.formats import Format

MAX_COLUMNS = 1_024
_MAX_HEADER_CHARS = 1 << 20
_SHOWN_NAMES = 20
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


@dataclass(frozen=True)
class Layout:
    """The shape of one file.

    `headers` are as they came (none for a headerless format). `slots` maps slot to column index;
    `ours` are the indices of result columns that came back and are ignored; `unknown` those of
    columns the format does not know. `notes` are (code, message) about the file as a whole.
    """

    encoding: TextEncoding
    delimiter: str
    headers: tuple[str, ...]
    width: int
    slots: dict[str, int]
    ours: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    space_before_quotes: bool = False

    @property
    def has_header(self) -> bool:
        """Whether line 1 was a header."""
        return bool(self.headers)

    @property
    def echoed(self) -> tuple[int, ...]:
        """Indices of the columns that come back in the result file: all but ours."""
        return tuple(i for i in range(self.width) if i not in self.ours)


def read_layout(path: Path, file_format: Format) -> Layout:
    """Look at the file's first record and say how the rest is to be read.

    Raises:
        FileFault: empty, binary, wrong encoding or delimiter, unusable header.
    """
    encoding = detect_encoding(path, file_format)
    first_line = _first_line(path, encoding)
    delimiter = _delimiter(first_line, file_format)
    first = _fields(_first_record(path, encoding), delimiter)
    if len(first) > MAX_COLUMNS:
        raise FileFault(
            "too_many_columns",
            f"the first line has {len(first)} columns; at most {MAX_COLUMNS} are allowed",
            1,
        )
    notes = tuple(_notes(encoding, delimiter))
    if not file_format.has_header:
        width = len(file_format.columns)
        slots = {column.slot: i for i, column in enumerate(file_format.columns)}
        return Layout(
            encoding, delimiter, (), width, slots, notes=notes,
            space_before_quotes=file_format.space_before_quotes,
        )  # fmt: skip
    return _with_header(Layout(encoding, delimiter, tuple(first), len(first), {}, notes=notes),
                        file_format)  # fmt: skip


def _first_record(path: Path, encoding: TextEncoding) -> str:
    """The text of the first record; a header cell may hold line breaks, so a bounded read."""
    with path.open("r", encoding=encoding.codec, newline="") as file:
        return file.read(_MAX_HEADER_CHARS)


def _first_line(path: Path, encoding: TextEncoding) -> str:
    text = _first_record(path, encoding)
    if not text.strip("\r\n\t ,;|\x00\ufeff"):
        raise FileFault("empty_file", "the file holds no data; export it again")
    return re.split(r"[\r\n]", text, maxsplit=1)[0]


def _fields(text: str, delimiter: str) -> list[str]:
    csv.field_size_limit(_MAX_HEADER_CHARS)
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise FileFault("not_csv", f"the first line cannot be read as CSV: {error}", 1) from error


def _delimiter(first_line: str, file_format: Format) -> str:
    """The delimiter under which the first line makes most sense.

    Where a comma makes sense it is the comma; another one is accepted only by formats that say
    so (wanted by users: exports of European spreadsheets use semicolons).
    """
    known = _known_headers(file_format)
    score = {mark: _sense(first_line, mark, file_format, known) for mark in _DELIMITERS}
    best = max(score, key=lambda mark: (score[mark], mark == ","))
    if best == "," or score[best] == 0:
        return ","
    if not file_format.other_delimiters:
        name = _DELIMITERS[best]
        raise FileFault(
            "wrong_delimiter",
            f"the fields are separated by a {name}; this format needs commas",
            1,
        )
    return best


def _sense(first_line: str, delimiter: str, file_format: Format, known: Mapping[str, str]) -> int:
    fields = next(csv.reader([first_line], delimiter=delimiter), [])
    if not file_format.has_header:
        required = sum(column.required for column in file_format.columns)
        return int(len(fields) >= required)
    return sum(fold_header(field, file_format) in known for field in fields)


def fold_header(header: str, file_format: Format) -> str:
    """What two spellings of one header have in common."""
    return re.sub(file_format.dropped_in_headers, "", header.strip("\ufeff").lower())


def _known_headers(file_format: Format) -> dict[str, str]:
    return {
        fold_header(header, file_format): column.slot
        for column in reversed(file_format.columns)
        for header in column.headers
    }


def _with_header(layout: Layout, file_format: Format) -> Layout:
    known = _known_headers(file_format)
    ours = _our_columns(layout.headers, file_format)
    folded = [fold_header(header, file_format) for header in layout.headers]
    found = [(known.get(name), i) for i, name in enumerate(folded) if i not in ours]
    slots = {slot: i for slot, i in found if slot}
    if not slots:
        raise FileFault(
            "header_unusable",
            "none of the column names in line 1 is known; the first line must be the header "
            f"(`rosterline template {file_format.name}` prints it)",
            1,
        )
    _refuse_duplicates(found, layout.headers)
    _refuse_missing(slots, file_format)
    unknown = tuple(i for slot, i in found if slot is None)
    notes = [*layout.notes, *_unknown_note(unknown, layout.headers)]
    return Layout(
        layout.encoding, layout.delimiter, layout.headers, layout.width, slots, ours, unknown,
        tuple(notes),
    )  # fmt: skip


def _our_columns(headers: tuple[str, ...], file_format: Format) -> tuple[int, ...]:
    """Columns of a result file that was sent back: all of ours must be there, in any place.

    One of them alone may be a column of the sender's own, `Patient ID` above all.
    """
    own = file_format.result.own_headers
    names = [header.strip("\ufeff ") for header in headers]
    if any(names.count(header) != 1 for header in own):
        return ()
    return tuple(sorted(names.index(header) for header in own))


def _refuse_duplicates(found: list[tuple[str | None, int]], headers: tuple[str, ...]) -> None:
    counts = Counter(slot for slot, _ in found if slot)
    for slot, count in counts.items():
        if count > 1:
            names = [repr(headers[i].strip()) for other, i in found if other == slot]
            raise FileFault(
                "duplicate_header",
                f"the columns {' and '.join(names)} mean the same field; keep one of them",
                1,
            )


def _refuse_missing(slots: dict[str, int], file_format: Format) -> None:
    missing = [c.label for c in file_format.columns if c.required and c.slot not in slots]
    if missing and file_format.missing_column_fails_file:
        raise FileFault(
            "missing_column",
            f"required columns are missing: {', '.join(missing)} "
            f"(`rosterline template {file_format.name}` prints a header to start from)",
            1,
        )


def _unknown_note(unknown: tuple[int, ...], headers: tuple[str, ...]) -> list[tuple[str, str]]:
    names = [headers[i].strip() or f"(column {i + 1}, no name)" for i in unknown]
    if not names:
        return []
    more = len(names) - _SHOWN_NAMES
    shown = ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
    return [("unknown_column", f"columns that are not used: {shown}")]


def _notes(encoding: TextEncoding, delimiter: str) -> list[tuple[str, str]]:
    notes = []
    if encoding.name != "utf-8":
        spelled = {"utf-16": "UTF-16", "windows-1252": "Windows-1252"}[encoding.name]
        notes.append(("encoding_recognised", f"the file was read as {spelled}"))
    if delimiter != ",":
        name = _DELIMITERS[delimiter]
        notes.append(("delimiter_recognised", f"the fields are separated by a {name}"))
    return notes
