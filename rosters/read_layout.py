"""Working out a file's layout from its first records."""

import io
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from rosters.byte_source import ByteSource
from rosters.delimiters import DELIMITERS, find_delimiter
from rosters.encoding import TextEncoding, detect_encoding
from rosters.first_records import Preface, first_record, read_preface
from rosters.header_advice import find_header, refuse_foreign_quotes
from rosters.headers import KnownHeaders, without_loose
from rosters.layout import Layout
from schemas.errors import FileFault
from schemas.formats import Format, ResultLayout

MAX_COLUMNS = 1_024
MAX_HEADER_CHARS = 1 << 20
"""A header cell may hold line breaks, so that the header's end is looked for in so much text."""

_SHOWN_NAMES = 20
_ENCODING_NAMES = {"utf-16": "UTF-16", "windows-1252": "Windows-1252"}


@dataclass(frozen=True)
class _Beginning:
    """The beginning of a file: what stands above its first record, that record, and the rest."""

    preface: Preface
    text: str
    delimiter: str
    cells: list[str]

    @property
    def line(self) -> int:
        """The line of the first record."""
        return self.preface.lines + 1


def read_layout(source: ByteSource, file_format: Format) -> Layout:
    """Look at the file's first records and say how the rest is to be read.

    `file_format` says by `has_header` how the file begins; `rosters/mapped_layout.py` chooses
    between the declared format and the account's mapping of it.

    Raises:
        FileFault: empty, binary, wrong encoding or delimiter, unusable header.
    """
    encoding = detect_encoding(source, file_format)
    begin = _beginning(_first_characters(source, encoding), file_format)
    notes = tuple(_notes(encoding, begin.delimiter))
    refuse_foreign_quotes(begin.cells, begin.line)
    if file_format.has_header:
        headers = tuple(begin.cells)
        layout = Layout(encoding, begin.delimiter, headers, len(headers), {}, notes=notes)
        layout = replace(layout, lines_before_header=begin.preface.lines)
        return _with_header(layout, file_format, begin)
    return Layout(
        encoding,
        begin.delimiter,
        headers=(),
        notes=notes,
        space_before_quotes=file_format.space_before_quotes,
        **_by_position(file_format),
    )


def first_cells(source: ByteSource, file_format: Format) -> list[str]:
    """The cells of the file's first record.

    Raises:
        FileFault: as `read_layout` does, for what stands before the header.
    """
    encoding = detect_encoding(source, file_format)
    return _beginning(_first_characters(source, encoding), file_format).cells


def _by_position(file_format: Format) -> dict[str, Any]:
    """The width of a file without a header, and the slots of its columns."""
    if file_format.mapping is not None:
        return {"width": len(file_format.mapping.columns), "slots": file_format.mapping.slots}
    slots = {column.slot: i for i, column in enumerate(file_format.columns)}
    return {"width": len(file_format.columns), "slots": slots}


def _first_characters(source: ByteSource, encoding: TextEncoding) -> str:
    with (
        source.open("rb") as file,
        io.TextIOWrapper(file, encoding=encoding.codec, newline="") as text_file,
    ):
        text = text_file.read(MAX_HEADER_CHARS)
    if not text.strip("\r\n\t ,;|\x00\x0b\x0c\x1a\ufeff"):
        raise FileFault("empty_file", "the file holds no data; export it again")
    return text


def _beginning(text: str, file_format: Format) -> _Beginning:
    preface = read_preface(text)
    rest = text[preface.chars :]
    delimiter = preface.delimiter or find_delimiter(rest, file_format)
    if delimiter != "," and not (file_format.other_delimiters and delimiter in DELIMITERS):
        name = DELIMITERS.get(delimiter, repr(delimiter))
        raise FileFault(
            "wrong_delimiter",
            f"line {preface.lines} says that the fields are separated by a {name}; "
            "this format needs commas",
            preface.lines,
        )
    line = preface.lines + 1
    cells = first_record(rest, delimiter, line, is_whole=len(text) < MAX_HEADER_CHARS)
    if len(cells) > MAX_COLUMNS:
        raise FileFault(
            "too_many_columns",
            f"line {line} has {len(cells)} columns; at most {MAX_COLUMNS} are allowed",
            line,
        )
    return _Beginning(preface, rest, delimiter, cells)


def _with_header(layout: Layout, file_format: Format, begin: _Beginning) -> Layout:
    known = KnownHeaders(file_format)
    ours = _our_columns(layout.headers, file_format.result)
    named = enumerate(known.slots(layout.headers))
    found = [(slot, i) for i, slot in named if i not in ours]
    found = without_loose(found, layout.headers, file_format)
    slots = {slot: i for slot, i in found if slot}
    if not slots:
        raise _header_unusable(file_format, begin)
    _refuse_duplicates(found, layout.headers, begin.line)
    _refuse_missing(slots, file_format, begin)
    unknown = tuple(i for slot, i in found if slot is None and not known.is_own(layout.headers[i]))
    notes = [*layout.notes, *_unknown_note(unknown, layout.headers)]
    return replace(layout, slots=slots, ours=ours, unknown=unknown, notes=tuple(notes))


def _our_columns(headers: tuple[str, ...], result: ResultLayout) -> tuple[int, ...]:
    """Columns of a result file that was sent back: those in our places, if all of ours are there.

    Others of the same name are the sender's own, most often `Patient ID`. Where a spreadsheet has
    moved ours, they are known by their names if no other column has one of these.
    """
    names = [header.strip("\ufeff ") for header in headers]
    while names and not names[-1]:
        names.pop()
    first, last = len(result.before), len(names) - len(result.after)
    places = (*range(first), *range(last, len(names)))
    if last >= first and [names[place] for place in places] == list(result.own_headers):
        return places
    if all(names.count(header) == 1 for header in result.own_headers):
        return tuple(sorted(names.index(header) for header in result.own_headers))
    return ()


def _header_unusable(file_format: Format, begin: _Beginning) -> FileFault:
    line = find_header(begin.text, file_format, begin.line)
    advice = (
        f"line {line} looks like the header; remove the lines above it"
        if line
        else f"the first line must be the header, as the template of the format "
        f"{file_format.name} has it"
    )
    return FileFault(
        "header_unusable",
        f"none of the column names in line {begin.line} is known; {advice}",
        begin.line,
        advice=f"`rosterline template {file_format.name}` prints one",
    )


def _refuse_duplicates(
    found: list[tuple[str | None, int]], headers: tuple[str, ...], line: int
) -> None:
    counts = Counter(slot for slot, _ in found if slot)
    for slot, count in counts.items():
        if count > 1:
            names = [repr(headers[i].strip()) for other, i in found if other == slot]
            raise FileFault(
                "duplicate_header",
                f"the columns {' and '.join(names)} mean the same field; keep one of them",
                line,
            )


def _refuse_missing(slots: dict[str, int], file_format: Format, begin: _Beginning) -> None:
    missing = [c.label for c in file_format.columns if c.required and c.slot not in slots]
    if not missing or not file_format.missing_column_fails_file:
        return
    line = find_header(begin.text, file_format, begin.line)
    advice = f"; line {line} looks like the header" if line else ""
    raise FileFault(
        "missing_column",
        f"required columns are missing: {', '.join(missing)}{advice}",
        begin.line,
        advice=f"`rosterline template {file_format.name}` prints a header to start from",
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
