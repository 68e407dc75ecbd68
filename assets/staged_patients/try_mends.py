"""Which mends of `rosters/mends.py` help: those after which the stages find the cell valid.

The first failed rows are copied once for each mend that changes them, and all copies are read and
judged as a file is. Only for files of the portal, where somebody corrects them.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import duckdb
import polars as pl

from assets.attempt_work import AttemptWork
from assets.error_places import place_of
from assets.staged_patients.date_order import leave_unclear_dates
from assets.staged_patients.judge import judge
from assets.staged_patients.normalise import Normaliser, normalise
from assets.staging_database import create_table, open_staging
from registry.database.statements import Statements
from rosters.mends import MENDS, Mend

MOST_ROWS = 200
"""As many as a person corrects on a page."""

SCHEMA = {"line": pl.Int32, "mend": pl.String, "column": pl.Int32, "text": pl.String}

_SQL = Statements(__file__)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Tried:
    """A copy of a row with a mend: `made` are the texts that it changed, by slot."""

    copy: int
    line: int
    mend: Mend
    made: dict[str, str]


def try_mends(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> None:
    """Create table `mend(line, mend, column, text)`: the mends that help, and what a cell would be.

    Tables in: `raw`, `issues`. The table is empty where they cannot be tried: the log says where
    that ended and by the error's class alone, because its text may have values.
    """
    found = pl.DataFrame(schema=SCHEMA)
    if work.imported.source == "portal":
        try:
            found = _find(connection, work)
        except Exception as error:  # noqa: BLE001 - a check without mends is better than none
            logger.warning(
                "no mends for import %s: %s at %s",
                work.imported.partition_key,
                type(error).__name__,
                place_of(error),
            )
    create_table(connection, "found_mend", found)
    connection.execute("CREATE OR REPLACE TABLE mend AS FROM found_mend")


def _find(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> pl.DataFrame:
    rows = connection.sql(_SQL["list_failed_rows"], params={"most": MOST_ROWS}).pl()
    slots = work.layout.slots
    tried = list(_tried(rows, slots))
    if not tried:
        return pl.DataFrame(schema=SCHEMA)
    still = _faults_of(rows.drop("slots"), tried, work)
    found: dict[tuple[int, str], tuple[str, str]] = {}
    for each in tried:
        if not any((each.copy, slot) in still for slot in each.made):
            for slot, text in each.made.items():
                found.setdefault((each.line, slot), (each.mend.name, text))
    return pl.DataFrame(
        [(line, name, slots[slot], text) for (line, slot), (name, text) in found.items()],
        schema=SCHEMA,
        orient="row",
    )


def _tried(rows: pl.DataFrame, slots: dict[str, int]) -> Iterator[_Tried]:
    number = count(1)
    for row in rows.iter_rows(named=True):
        at_fault = [slot for slot in row["slots"] if slot in slots]
        cells = {slot: row[f"c{slots[slot]}"] or "" for slot in at_fault}
        for mend in MENDS:
            if made := dict(mend.of(cells)):
                yield _Tried(next(number), row["line"], mend, made)


def _faults_of(
    rows: pl.DataFrame, tried: list[_Tried], work: AttemptWork
) -> set[tuple[int, str | None]]:
    """The faults of all copies, as (copy, slot)."""
    by_line = {row["line"]: row for row in rows.iter_rows(named=True)}
    copies = [
        by_line[each.line]
        | {f"c{work.layout.slots[slot]}": text for slot, text in each.made.items()}
        | {"line": each.copy}
        for each in tried
    ]
    normaliser = Normaliser(work.file_format, work.layout, work.defaults)
    suffix = ".mends.duckdb"
    try:
        with open_staging(work, suffix, fresh=True) as own:
            create_table(own, "raw", pl.DataFrame(copies, schema=rows.schema))
            normalise(own, normaliser, work.circumstances.risk_levels)
            leave_unclear_dates(own, normaliser)
            judge(own, work.file_format, work.layout, work.circumstances)
            return set(own.execute(_SQL["list_faults"]).fetchall())
    finally:
        work.staging_path.with_suffix(suffix).unlink(missing_ok=True)
