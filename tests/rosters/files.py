"""Rosters that real exports resemble, each odd in its own way, with where its columns stand."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.catalogue import get_format
from schemas.formats import Format

FIRST, LAST, BORN, GENDER = (
    "Patient First Name *",
    "Patient Last Name *",
    "Patient Birthday *",
    "Patient Gender *",
)
REQUIRED = (FIRST, LAST, BORN, GENDER)
PERSON = ("Ada", "Sample", "soon", "F")
"""A row that fails, by the cell of its birthday."""


@dataclass(frozen=True)
class OddFile:
    """A file, and what reading it finds: its header cells as they came, and its delimiter."""

    name: str
    content: bytes
    headers: tuple[str, ...]
    delimiter: str = ","
    format_name: str = "thoroughcare"

    @property
    def file_format(self) -> Format:
        return get_format(self.format_name)

    @property
    def born(self) -> int:
        """The index of the birthday's column."""
        return next(i for i, header in enumerate(self.headers) if "birthday" in header.lower())


def text(*rows: Sequence[str], delimiter: str = ",", ends: str = "\r\n") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=ends).writerows(rows)
    return written.getvalue()


def odd(
    name: str,
    *more: str,
    headers: Sequence[str] = REQUIRED,
    delimiter: str = ",",
    encoding: str = "utf-8",
    ends: str = "\r\n",
    before: Sequence[str] = (),
) -> OddFile:
    """A file with one row; `more` are headers after the required ones, `before` those before."""
    cells = (*before, *headers, *more)
    row = (*(f"b{i}" for i in range(len(before))), *PERSON, *("x" for _ in more))
    content = text(cells, row, delimiter=delimiter, ends=ends).encode(encoding)
    return OddFile(name, content, cells, delimiter)


ODD_FILES = (
    odd("plain"),
    odd("a last header with six semicolons", "a;b;c;d;e;f;g"),
    odd("a semicolon file with six commas in a header", "a,b,c,d,e,f,g", delimiter=";"),
    odd("tabs, and vertical bars in a header", "a|b|c|d|e|f|g", delimiter="\t"),
    odd("a byte order mark", encoding="utf-8-sig"),
    odd("a byte order mark and a quoted first header", "x",
        headers=(FIRST.replace("First", '"First"'), LAST, BORN, GENDER), encoding="utf-8-sig"),
    odd("UTF-16", encoding="utf-16"),
    odd("UTF-16 with tabs", "Notes", delimiter="\t", encoding="utf-16"),
    odd("Windows-1252 in the header", "R\xe9sum\xe9", encoding="windows-1252"),
    odd("a line break in a header", headers=(FIRST, "Patient\nLast Name *", BORN, GENDER)),
    odd("a line break in the first header",
        headers=("Patient\r\nFirst Name *", LAST, BORN, GENDER)),
    odd("semicolons, and a line break in the first header",
        headers=("Patient\nFirst Name *", LAST, BORN, GENDER), delimiter=";"),
    odd("a line break at the end of the first header",
        headers=(f"{FIRST}\n", LAST, BORN, GENDER), ends="\n"),
    odd("spaces around headers", headers=[f"  {header}\t" for header in REQUIRED]),
    odd("two unknown headers of one name", "Ward", "Ward"),
    odd("headers without a name", "", " ", before=("",)),
    odd("a header of 300,000 characters before the others", before=("x" * 300_000,)),
    odd("300 unknown headers of 2,000 characters", *(f"{i:04}" * 500 for i in range(300))),
    odd("our own result columns sent back", before=("Result", "Messages", "Patient ID")),
    odd("a column of the sender's named as one of ours", before=("Patient ID",)),
    odd("line feeds only", "Notes", ends="\n"),
    odd("carriage returns only", "Notes", ends="\r"),
)  # fmt: skip
