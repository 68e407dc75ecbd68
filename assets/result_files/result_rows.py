"""The rows of a result file, from ledger and archived bytes alone, so that it can be made again.

While an import is under way, its rows are still staged, as they were read from the same bytes.

Tables in the result's own DuckDB file: `raw(line, c0 … cN, surplus)` from the file;
`ledger_row(line, outcome, patient_id)`, `ledger_message(line, messages, errors, warnings)` and
`word(outcome, word)` from the ledger and the format.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import duckdb
import polars as pl
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.raw_rows import load_raw
from assets.staging_database import (
    copy_staged,
    create_table,
    create_table_in_batches,
    open_staging,
    read_in_batches,
)
from registry.database.bulk_copy import copy_out_in_batches
from registry.database.statements import Statements
from rosters.failed_rows import echoed_headers, failed_rows_have_header
from rosters.layout import Layout
from schemas.errors import FileFault
from schemas.formats import Format

_SQL = Statements(__file__)
_LINE_END = "\r\n"

# A leading quote keeps a spreadsheet from running a text as a formula; only our cells get it.
_NEUTRALISED = "CASE WHEN regexp_matches({0}, '^[=+@\\t\\r-]') THEN '''' || {0} ELSE {0} END"


class Target(Protocol):
    """What takes the bytes of a result."""

    def write(self, data: bytes, /) -> object:
        """Add bytes."""


@dataclass(frozen=True)
class Result:
    """What an attempt left: `connection` has its tables, and is None where the file failed."""

    work: AttemptWork
    connection: duckdb.DuckDBPyConnection | None

    def write(self, target: Target, *, failed_only: bool) -> None:
        """Write a line per row to `target`, or only the rows that failed."""
        if self.connection is None:
            _write_failure(self.work, target)
        else:
            _write_rows(self.connection, self.work, target, failed_only=failed_only)


@contextmanager
def open_result(
    work: AttemptWork, registry: Connection, suffix: str = ".result.duckdb"
) -> Iterator[Result]:
    """Read archive and ledger once, for both result files.

    `suffix` names the DuckDB file beside the import's; the file that a killed process left is
    overwritten.

    Raises:
        StorageUnavailable: the archived bytes are gone, or damaged.
    """
    if work.attempt.state == "failed":
        yield Result(work, None)
        return
    try:
        with open_staging(work, suffix, fresh=True) as connection:
            _load_rows(connection, work)
            _load_ledger(connection, registry, work)
            yield Result(work, connection)
    finally:
        work.staging_path.with_suffix(suffix).unlink(missing_ok=True)


def _load_rows(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> None:
    """The file's rows: what `landed_files` staged while the import is under way, else the archive.

    To read a file once more for them takes as long as all else here, and a workbook far longer.
    """
    if work.attempt.state == "applied" and work.staging_path.exists():
        copy_staged(connection, work, "raw")
        return
    with work.reading() as roster:
        load_raw(connection, roster.source, work.layout)


def _write_failure(work: AttemptWork, target: Target) -> None:
    """The result of a file that could not be read at all: one line that says why, in both files."""
    layout = work.file_format.result
    reason = work.attempt.reason or FileFault.code
    values = {
        "outcome": layout.words["errored"],
        "messages": reason,
        "errors": reason,
    }
    columns = (*layout.before, *layout.after)
    _write_line(target, [header for header, _ in columns])
    _write_line(target, [values.get(holds, "") for _, holds in columns])


def _write_line(target: Target, cells: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=_LINE_END).writerow(cells)
    target.write(text.getvalue().encode())


def _load_ledger(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> None:
    key = {"import": work.imported.id, "attempt": work.attempt.number}
    rows = copy_out_in_batches(registry, _SQL["read_outcomes"], key)
    create_table_in_batches(connection, "ledger_row", rows)
    issues = copy_out_in_batches(registry, _SQL["read_messages"], key)
    create_table_in_batches(connection, "ledger_issue", issues)
    connection.execute(_SQL["join_messages"])
    words = work.file_format.result.words
    create_table(
        connection, "word", pl.DataFrame({"outcome": list(words), "word": list(words.values())})
    )


def _write_rows(
    connection: duckdb.DuckDBPyConnection, work: AttemptWork, target: Target, *, failed_only: bool
) -> None:
    result = work.file_format.result
    columns = list(_columns(work.file_format, work.layout, failed_only=failed_only))
    if not failed_only or failed_rows_have_header(work.layout, result):
        _write_line(target, [header for header, _ in columns])
    outcomes = ("errored",) if failed_only else tuple(result.words)
    selected = [f"{expression} AS x{i}" for i, (_, expression) in enumerate(columns)]
    selected.append("surplus" if failed_only or result.echo else "NULL AS surplus")
    statement = _SQL["select_result_rows"].format(
        columns=", ".join(selected), outcomes=", ".join(f"'{each}'" for each in outcomes)
    )
    for batch in read_in_batches(connection, statement):
        _write_batch(target, batch)


def _write_batch(target: Target, frame: pl.DataFrame) -> None:
    if frame["surplus"].null_count() < frame.height:
        for *cells, surplus in frame.iter_rows():
            _write_line(target, [*cells, *(surplus or [])])
        return
    text = frame.drop("surplus").write_csv(
        include_header=False, line_terminator=_LINE_END, null_value=""
    )
    target.write(text.encode())


def _columns(
    file_format: Format, layout: Layout, *, failed_only: bool
) -> Iterator[tuple[str, str]]:
    """(header, SQL) of each column of the result, in order."""
    result = file_format.result
    ours = not failed_only or result.failed_has_ours
    echo = result.echo or failed_only
    if ours:
        yield from ((header, _ours(holds, layout)) for header, holds in result.before)
    if echo:
        headers = echoed_headers(file_format, layout)
        for index in layout.echoed:
            yield (headers[index], f"nullif(c{index}, '')")  # a blank is never written as ""
    if ours:
        yield from ((header, _ours(holds, layout)) for header, holds in result.after)


def _ours(holds: str, layout: Layout) -> str:
    if holds.startswith("slot:"):
        # The value that was taken, not the cell: it is what the sender's own system compares.
        return f"given_code(given(c{layout.slots[holds.removeprefix('slot:')]}))"
    return {
        "outcome": "word",
        "action": "CASE WHEN outcome <> 'errored' THEN outcome END",
        "patient_id": "patient_id",
        "line": "line",
        "messages": _NEUTRALISED.format("messages"),
        "errors": _NEUTRALISED.format("errors"),
        "warnings": _NEUTRALISED.format("warnings"),
    }[holds]
