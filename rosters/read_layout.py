"""Working out a file's layout from its first record."""

import csv
import io
from collections import Counter
from dataclasses import replace

from rosters.byte_source import ByteSource
from rosters.delimiters import DELIMITERS, find_delimiter, first_record
from rosters.encoding import TextEncoding, detect_encoding
from rosters.headers import fold_header, slots_by_header, without_loose
from rosters.layout import Layout
from schemas.errors import FileFault
from schemas.formats import Format

MAX_COLUMNS = 1_024
MAX_HEADER_CHARS = 1 << 20
"""A header cell may hold line breaks, so that the header's end is looked for in so much text."""

_SHOWN_NAMES = 20
_ENCODING_NAMES = {"utf-16": "UTF-16", "windows-1252": "Windows-1252"}


def read_layout(source: ByteSource, file_format: Format) -> Layout:
    """Look at the file's first record and say how the rest is to be read.

    Raises:
        FileFault: empty, binary, wrong encoding or delimiter, unusable header.
    """
    encoding = detect_encoding(source, file_format)
    text = _first_characters(source, encoding)
    delimiter = find_delimiter(text, file_format)
    first = _first_record(text, delimiter)
    notes = tuple(_notes(encoding, delimiter))
    if file_format.has_header:
        layout = Layout(encoding, delimiter, tuple(first), len(first), {}, notes=notes)
        return _with_header(layout, file_format)
    return Layout(
        encoding,
        delimiter,
        headers=(),
        width=len(file_format.columns),
        slots={column.slot: i for i, column in enumerate(file_format.columns)},
        notes=notes,
        space_before_quotes=file_format.space_before_quotes,
    )


def _first_characters(source: ByteSource, encoding: TextEncoding) -> str:
    with (
        source.open("rb") as file,
        io.TextIOWrapper(file, encoding=encoding.codec, newline="") as text_file,
    ):
        text = text_file.read(MAX_HEADER_CHARS)
    if not text.strip("\r\n\t ,;|\x00\ufeff"):
        raise FileFault("empty_file", "the file holds no data; export it again")
    return text


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        cells = first_record(text, delimiter)
    except csv.Error as error:
        raise FileFault("not_csv", f"the first line cannot be read as CSV: {error}", 1) from error
    if len(cells) > MAX_COLUMNS:
        raise FileFault(
            "too_many_columns",
            f"the first line has {len(cells)} columns; at most {MAX_COLUMNS} are allowed",
            1,
        )
    return cells


def _with_header(layout: Layout, file_format: Format) -> Layout:
    known = slots_by_header(file_format)
    ours = _our_columns(layout.headers, file_format)
    folded = [fold_header(header, file_format) for header in layout.headers]
    found = [(known.get(name), i) for i, name in enumerate(folded) if i not in ours]
    found = without_loose(found, folded, file_format)
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
    return replace(layout, slots=slots, ours=ours, unknown=unknown, notes=tuple(notes))


def _our_columns(headers: tuple[str, ...], file_format: Format) -> tuple[int, ...]:
    """Columns of a result file that was sent back: all of ours must be there, in any place.

    A single one may be a column of the sender's own, most often `Patient ID`.
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
        name = _ENCODING_NAMES[encoding.name]
        notes.append(("encoding_recognised", f"the file was read as {name}"))
    if delimiter != ",":
        name = DELIMITERS[delimiter]
        notes.append(("delimiter_recognised", f"the fields are separated by a {name}"))
    return notes
