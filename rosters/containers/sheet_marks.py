"""What an Excel sheet says of its cells and its reader does not: zeros, errors, hidden rows.

The sheet's XML is searched, not parsed, and only where it has what is looked for: parsing every
cell of 100,000 rows takes longer than everything else.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO
from xml.etree import ElementTree as ET  # the process that reads workbooks bounds what XML may take

from rosters.containers.shown_cells import CellValue, with_zeros, zero_pattern

_CHUNK_BYTES = 1 << 22
_ROW_HIDDEN = re.compile(rb"<(?:\w+:)?row\s[^>]*\bhidden=[\"'](?:1|true)[\"']")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_FIRST, _LAST = re.compile(rb"\bmin=[\"'](\d+)"), re.compile(rb"\bmax=[\"'](\d+)")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*\bt=[\"']e[\"'])[^>]*\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]{1,20})<",
    re.DOTALL,
)


@dataclass
class SheetMarks:
    """Hidden rows, hidden columns (counted from 0), and the cells that are shown otherwise.

    `errors` are texts such as `#N/A`, `zeros` the shapes of number formats, both by row and then
    by column, counted from 0.
    """

    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    zeros: dict[int, dict[int, str]] = field(default_factory=dict)

    def apply(self, number: int, row: list[CellValue]) -> None:
        """Put into the row with this number what is shown in its cells."""
        for column, text in self.errors.get(number, {}).items():
            if column < len(row):
                row[column] = text
        for column, shape in self.zeros.get(number, {}).items():
            if column < len(row):
                row[column] = with_zeros(row[column], shape)


def marks_of_sheet(workbook: BinaryIO, sheet: str) -> SheetMarks:
    """The marks of the sheet with this name; none where the workbook is no XML of Excel's."""
    marks = SheetMarks()
    if not zipfile.is_zipfile(workbook):
        return marks
    with zipfile.ZipFile(workbook) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return marks
        zeros = _zero_styles(archive)
        styles = b"|".join(str(style).encode() for style in zeros)
        zero_cell = re.compile(
            rb"<(?:\w+:)?c\s(?=[^>]*\bs=[\"'](" + styles + rb")[\"'])"
            rb"[^>]*\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']"
        )
        with archive.open(part) as xml:
            for piece in _pieces(xml):
                _take_hidden(piece, marks)
                if b't="e"' in piece or b"t='e'" in piece:
                    for letters, line, text in _ERROR.findall(piece):
                        _put(marks.errors, letters, line, text.decode())
                if zeros:
                    for style, letters, line in zero_cell.findall(piece):
                        _put(marks.zeros, letters, line, zeros[int(style)])
    return marks


def _take_hidden(piece: bytes, marks: SheetMarks) -> None:
    if b"hidden=" not in piece:
        return
    marks.hidden_rows += len(_ROW_HIDDEN.findall(piece))
    for column in _COLUMN.findall(piece):
        first, last = _FIRST.search(column), _LAST.search(column)
        if first and last and _HIDDEN.search(column):
            marks.hidden_columns |= set(range(int(first[1]) - 1, min(int(last[1]), 1 << 14)))


def _put(cells: dict[int, dict[int, str]], letters: bytes, line: bytes, text: str) -> None:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    cells.setdefault(int(line) - 1, {})[column - 1] = text


def _pieces(xml: IO[bytes]) -> Iterator[bytes]:
    """The XML, cut where a cell ends."""
    rest = b""
    while chunk := xml.read(_CHUNK_BYTES):
        text = rest + chunk
        end = max(text.rfind(mark) for mark in (b"</c>", b":c>", b"</row>", b":row>"))
        if end < 0 and len(text) > 4 * _CHUNK_BYTES:
            return  # what follows the cells
        yield text[: end + 1]
        rest = text[end + 1 :]
    yield rest


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    wanted = next(
        (
            value
            for each in _elements(archive, "xl/workbook.xml", "sheet")
            if each.get("name") == sheet
            for key, value in each.items()
            if key.endswith("}id")
        ),
        None,
    )
    for each in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship"):
        if each.get("Id") == wanted:
            target = each.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            return part if part in names else None
    return None


def _zero_styles(archive: zipfile.ZipFile) -> dict[int, str]:
    """By the number of a cell's style the shape of its number format, where that has zeros."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    formats = {
        each.get("numFmtId"): each.get("formatCode", "")
        for each in _elements(archive, "xl/styles.xml", "numFmt")
    }
    shapes = {key: shape for key, code in formats.items() if (shape := zero_pattern(code))}
    found = next(_elements(archive, "xl/styles.xml", "cellXfs"), None)
    if found is None:
        return {}
    return {
        place: shapes[style.get("numFmtId")]
        for place, style in enumerate(found)
        if style.get("numFmtId") in shapes
    }


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[ET.Element]:
    with archive.open(part) as xml:
        root = ET.parse(xml).getroot()  # noqa: S314 - see the import
    yield from (each for each in root.iter() if each.tag.rpartition("}")[2] == name)
