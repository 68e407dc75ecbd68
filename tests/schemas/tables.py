"""Small tables as tests write them, and the staged rows and issues of a table.

A table is text, its cells set apart by a bar with a space on either side. `\\n`, `\\t` and `\\s` in
a cell are a line break, a tab and a space; a cell may hold bars that touch something.
"""

import atexit
import csv
import io
import re
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from assets.raw_rows import load_raw
from assets.staged_patients.date_order import leave_unclear_dates
from assets.staged_patients.judge import judge
from assets.staged_patients.normalise import Normaliser, normalise
from rosters.read_layout import read_layout
from rosters.value_macros import load_macros
from schemas.catalogue import get_format
from schemas.rules import Circumstances

Row = dict[str, str]
RECEIVED_ON = date(2026, 11, 21)
_BARS = re.compile(r"(?:(?<=\s)|^)\|(?=\s|$)")
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\s": " ", r"\r": "\r"}


def table(text: str) -> list[list[str]]:
    """The cells of a table, its heading first."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return [[_cell(cell) for cell in _BARS.split(line)] for line in lines]


def _cell(text: str) -> str:
    return re.sub(r"\\[ntsr]", lambda found: _ESCAPES[found.group()], text.strip())


def records(text: str) -> list[Row]:
    """The rows of a table by its heading; a row may leave out blank cells at its end."""
    heading, *rows = table(text)
    return [dict(zip(heading, row + [""] * (len(heading) - len(row)), strict=True)) for row in rows]


def as_csv(text: str) -> str:
    """The table as the file that a spreadsheet would save (RFC 4180)."""
    heading, *rows = table(text)
    return csv_of([heading, *(row + [""] * (len(heading) - len(row)) for row in rows)])


def csv_of(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


@dataclass(frozen=True)
class Staged:
    """A file after reading and checking: the values of each line, and the issues."""

    rows: dict[int, dict[str, str | None]]
    errored: dict[int, bool]
    issues: list[tuple[int, str, str, str]]

    def messages(self, line: int) -> str:
        return "; ".join(message for at, _, _, message in self.issues if at == line)

    def codes(self, line: int) -> list[str]:
        return [code for at, code, _, _ in self.issues if at == line]


def stage(
    format_name: str,
    content: str | bytes,
    *,
    circumstances: Circumstances | None = None,
    defaults: dict[str, str] | None = None,
) -> Staged:
    """Read and check a file as the import does, in memory and without a registry."""
    file_format = get_format(format_name)
    known = circumstances or Circumstances(RECEIVED_ON)
    with tempfile.TemporaryDirectory() as folder, engine().cursor() as connection:
        path = Path(folder) / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        layout = read_layout(path, file_format)
        load_raw(connection, path, layout)
        normaliser = Normaliser(file_format, layout, defaults or {})
        normalise(connection, normaliser, known.risk_levels)
        leave_unclear_dates(connection, normaliser)
        judge(connection, file_format, layout, known)
        return _staged(connection)


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One for all tables of a process: each file's tables replace those of the one before."""
    engine = duckdb.connect()
    load_macros(engine)
    return engine


atexit.register(engine.cache_clear)


def _staged(connection: duckdb.DuckDBPyConnection) -> Staged:
    found = connection.execute("FROM staged ORDER BY line")
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    issues = connection.execute(
        "SELECT line, code, severity, message FROM issues ORDER BY line, ordinal"
    ).fetchall()
    return Staged(
        {row["line"]: row for row in rows}, {row["line"]: row["errored"] for row in rows}, issues
    )


def readings(
    format_name: str,
    person: Row,
    slot: str,
    expected: str,
    circumstances: Circumstances | None = None,
) -> tuple[list[Row], list[Row]]:
    """What a table says should be stored of each given cell, and what is: equal, if all is well.

    The table's first column is the cell under test and is headed by the column's own header; then
    `stored`, `loads` (yes or no) and `says`, the row's messages. `person` fills the other columns.
    """
    wanted = records(expected)
    header = table(expected)[0][0]
    cells = {name: cell for name, cell in person.items() if name != header}
    rows = [[*cells, header], *([*cells.values(), row[header]] for row in wanted)]
    staged = stage(format_name, csv_of(rows), circumstances=circumstances)
    found = [
        {
            header: row[header],
            "stored": shown(staged.rows[line][slot]),
            "loads": "no" if staged.errored[line] else "yes",
            "says": staged.messages(line),
        }
        for line, row in enumerate(wanted, 2)
    ]
    return found, wanted


def shown(value: str | None) -> str:
    """A staged value as tables write it: the elements of a list with a plus between them."""
    return (value or "").replace("\x1f", " + ")
