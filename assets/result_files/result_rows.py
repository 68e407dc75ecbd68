"""The rows of a result file, from ledger and archived bytes alone, so that it can be made again."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, Protocol

import duckdb
import polars as pl
from psycopg import Connection

from assets.attempt_work import Work
from assets.landed_files.load import load_raw
from assets.staging_database import create_table, open_staging
from registry.database.bulk_copy import copy_out
from registry.landing.receive import archived_path
from rosters.layout import Layout, read_layout
from schemas.errors import FileFault
from schemas.formats import ResultLayout

_BATCH_ROWS = 50_000
_LINE_END = "\r\n"

# What a spreadsheet would run as a formula; only cells of ours are changed, by a leading quote.
_NEUTRALISED = "CASE WHEN regexp_matches({0}, '^[=+@\\t\\r-]') THEN '''' || {0} ELSE {0} END"


class ResultWriter(Protocol):
    """Writes the result of an attempt: a line per row, or only the rows that failed."""

    def __call__(self, target: BinaryIO, *, failed_only: bool) -> None:
        """Write to `target`, which stays open."""


@contextmanager
def open_result(work: Work, registry: Connection) -> Iterator[ResultWriter]:
    """Read archive and ledger once, and give what writes result files from them.

    Raises:
        StorageUnavailable: the archived bytes are gone.
    """
    archived = archived_path(work.settings, work.imported.sha256)
    if work.attempt.state == "failed":
        yield partial(_write_failure, work)
        return
    # Always the same name: what a killed process left is overwritten, and does not pile up.
    suffix = ".result.duckdb"
    try:
        with open_staging(work, suffix, fresh=True) as connection:
            layout = read_layout(archived, work.file_format)
            load_raw(connection, archived, layout)
            _load_ledger(connection, registry, work)
            yield partial(_write_rows, connection, work, layout)
    finally:
        work.staging_path.with_suffix(suffix).unlink(missing_ok=True)


def _write_failure(
    work: Work,
    target: BinaryIO,
    *,
    failed_only: bool,  # noqa: ARG001 - both files of a failed import say why
) -> None:
    """The result of a file that could not be read at all: one line that says why."""
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


def _write_line(target: BinaryIO, cells: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=_LINE_END).writerow(cells)
    target.write(text.getvalue().encode())


def _load_ledger(connection: duckdb.DuckDBPyConnection, registry: Connection, work: Work) -> None:
    key = (work.imported.id, work.attempt.number)
    rows = copy_out(
        registry,
        "SELECT line, outcome, patient_id FROM import_row WHERE import_id = %s AND attempt = %s",
        key,
    )
    create_table(connection, "ledger_row", rows.cast(pl.String))
    issues = copy_out(
        registry,
        "SELECT line, ordinal, severity, message FROM row_issue"
        " WHERE import_id = %s AND attempt = %s AND line > 0",
        key,
    )
    create_table(connection, "ledger_issue", issues.cast(pl.String))
    words = work.file_format.result.words
    create_table(
        connection, "word", pl.DataFrame({"outcome": list(words), "word": list(words.values())})
    )


def _write_rows(
    connection: duckdb.DuckDBPyConnection,
    work: Work,
    layout: Layout,
    target: BinaryIO,
    *,
    failed_only: bool,
) -> None:
    columns = list(_columns(work.file_format.result, layout, failed_only=failed_only))
    if layout.has_header or not (failed_only and not work.file_format.result.failed_has_ours):
        _write_line(target, [header for header, _ in columns])
    selected = ", ".join(f"{expression} AS x{i}" for i, (_, expression) in enumerate(columns))
    selected += ", surplus" if failed_only or work.file_format.result.echo else ", NULL AS surplus"
    condition = "WHERE r.outcome = 'errored'" if failed_only else ""
    batches = connection.sql(
        f"""
        SELECT {selected}
        FROM raw
        JOIN (SELECT * REPLACE (line::INTEGER AS line) FROM ledger_row) r USING (line)
        JOIN word USING (outcome)
        LEFT JOIN (
            SELECT line::INTEGER AS line,
                string_agg(message, '; ' ORDER BY ordinal::INTEGER) AS messages,
                string_agg(message, '; ' ORDER BY ordinal::INTEGER)
                    FILTER (WHERE severity = 'error') AS errors,
                string_agg(message, '; ' ORDER BY ordinal::INTEGER)
                    FILTER (WHERE severity <> 'error') AS warnings
            FROM ledger_issue GROUP BY 1
        ) i USING (line)
        {condition} ORDER BY line
        """
    ).to_arrow_reader(_BATCH_ROWS)
    for batch in batches:
        _write_batch(target, pl.DataFrame(pl.from_arrow(batch)))


def _write_batch(target: BinaryIO, frame: pl.DataFrame) -> None:
    if frame["surplus"].null_count() < frame.height:
        for *cells, surplus in frame.iter_rows():
            _write_line(target, [*cells, *(surplus or [])])
        return
    text = frame.drop("surplus").write_csv(
        include_header=False, line_terminator=_LINE_END, null_value=""
    )
    target.write(text.encode())


def _columns(
    result: ResultLayout, layout: Layout, *, failed_only: bool
) -> Iterator[tuple[str, str]]:
    """(header, SQL) of each column of the result, in order."""
    ours = not failed_only or result.failed_has_ours
    echo = result.echo or failed_only
    if ours:
        yield from ((header, _ours(holds, layout)) for header, holds in result.before)
    if echo:
        for index in layout.echoed:
            header = layout.headers[index] if layout.has_header else ""
            yield (header, f"nullif(c{index}, '')")  # a blank is never written as ""
    if ours:
        yield from ((header, _ours(holds, layout)) for header, holds in result.after)


def _ours(holds: str, layout: Layout) -> str:
    if holds.startswith("slot:"):
        return f"c{layout.slots[holds.removeprefix('slot:')]}"
    return {
        "outcome": "word",
        "action": "CASE WHEN r.outcome <> 'errored' THEN r.outcome END",
        "patient_id": "r.patient_id",
        "line": "line",
        "messages": _NEUTRALISED.format("messages"),
        "errors": _NEUTRALISED.format("errors"),
        "warnings": _NEUTRALISED.format("warnings"),
    }[holds]
