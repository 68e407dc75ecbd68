"""The rows of an attempt for pages: its cells, its outcomes, and what it changes, as one Parquet.

`registry/ledger/kept_rows.py` says what the file holds, and reads it.
"""

from contextlib import suppress
from dataclasses import replace

import duckdb

from assets.attempt_work import AttemptWork
from assets.staging_database import copy_staged, literal
from assets.steps import StepFiles, run_steps
from registry.ledger import kept_rows
from rosters.layout import Layout
from schemas.errors import NotAllowed
from schemas.formats import DemographicMatch, Format

_STEPS = StepFiles(__file__)

_PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192"


def keep_rows(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> None:
    """Keep the rows of an applied attempt; `connection` has the tables of its result.

    Where the stages' tables are gone, because only the result is made again, a file that was kept
    before stays. Pages do without it, so nothing fails for it: neither a full disk nor a store
    that is away, nor tables that an earlier version left.
    """
    if not work.staging_path.exists():
        return
    made = work.staging_path.with_suffix(".rows.parquet")
    with suppress(OSError, duckdb.IOException, duckdb.CatalogException, NotAllowed):
        _collect_changes(connection, work)
        copy_staged(connection, work, "mend")
        _write(connection, work, str(made))
        kept_rows.keep(work.settings, work.imported.partition_key, work.attempt.number, made)
    made.unlink(missing_ok=True)


def _collect_changes(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> None:
    """Table `row_change(line, changes)`, without what only new patients have."""
    copy_staged(connection, work, "changed_fact")
    run_steps(connection, _STEPS["group_changes"])


def _write(connection: duckdb.DuckDBPyConnection, work: AttemptWork, path: str) -> None:
    layout = work.layout
    keys = _cells(layout, key_slots(work.file_format))[:1]
    first, last = (_cells(layout, (slot,)) for slot in ("first_name", "last_name"))
    cells = ", ".join(f"c{index}" for index in _filled(connection, layout.width))
    rows = _STEPS["select_kept_rows"].fill(
        key=_joined(keys),
        name=_joined([*first, *last]),
        sort_name=_joined([*last, *first]),
        cells=cells or "NULL AS no_cells",
    )
    copied = f"COPY ({rows.sql}) TO {literal(path)} ({_PARQUET})"
    run_steps(connection, replace(rows, sql=copied))


def key_slots(file_format: Format) -> tuple[str, ...]:
    """The slots by which the format finds a patient, the first of them the row's key on pages."""
    tiers = (tier for tier in file_format.match if not isinstance(tier, DemographicMatch))
    return tuple(tier.slot for tier in tiers)


def _filled(connection: duckdb.DuckDBPyConnection, width: int) -> list[int]:
    """The columns that have a value in any row."""
    counts = ", ".join(f"count(nullif(c{index}, ''))" for index in range(width))
    found = connection.execute(f"SELECT {counts} FROM raw").fetchall()
    return [index for index, count in enumerate(found[0]) if count]


def _cells(layout: Layout, slots: tuple[str, ...]) -> list[str]:
    return [f"nullif(trim(c{layout.slots[slot]}), '')" for slot in slots if slot in layout.slots]


def _joined(cells: list[str]) -> str:
    return f"concat_ws(' ', {', '.join(cells)})" if cells else "''"
