"""Judging the normalised rows: pandera finds what breaks the format's contract.

Tables in: `raw`, `normalised`. Tables out: `issues(line, ordinal, code, severity, column_name,
message)` and `staged`, the canonical columns with what was not understood left out, `errored`
where the row cannot be loaded, `clears` where the sender asked to clear a value.
"""

from collections.abc import Iterator
from typing import cast

import duckdb
import pandera.polars
import polars as pl
from pandera.errors import SchemaErrors

from assets.staged_patients.issues import collect_issues, describe_clauses
from assets.staging_database import create_table_in_batches, scalar
from assets.steps import Step, StepFiles, run_steps
from registry.database.statements import Statements
from rosters.layout import Layout
from schemas.contract import Contract, contract
from schemas.formats import Format
from schemas.rules import Circumstances

_STEPS = StepFiles(__file__)
_SQL = Statements(__file__)
_BATCH_LINES = 50_000
"""Lines judged at once, some 10 MB; pandera takes time for each batch, however small it is."""

_FINDINGS = {"line": pl.Int32, "column": pl.String, "clause": pl.Int32}


def judge(
    connection: duckdb.DuckDBPyConnection,
    file_format: Format,
    layout: Layout,
    circumstances: Circumstances,
) -> None:
    """Judge every row of `normalised` and create `issues` and `staged`."""
    present = [name for name, *_ in connection.execute("DESCRIBE normalised").fetchall()]
    terms = contract(file_format, circumstances, frozenset(present))
    create_table_in_batches(connection, "findings", find(connection, terms))
    describe_clauses(connection, terms, layout)
    collect_issues(connection, terms, file_format, layout)
    if circumstances.lenient:
        _require_complete_groups(connection, file_format, present)
    _stage(connection, file_format, present)


def find(
    connection: duckdb.DuckDBPyConnection, terms: Contract, rows: str = "FROM normalised"
) -> Iterator[pl.DataFrame]:
    """Every broken clause: its row's line, the table's column and the clause's place there.

    By lines and not with one reader, so that the connection can keep what was found meanwhile.
    """
    columns = ", ".join(terms.by_column)
    last = scalar(connection, f"SELECT max(line) FROM ({rows})")
    for first in range(1, max(last, 1) + 1, _BATCH_LINES):
        batch = connection.sql(
            f"SELECT line, {columns} FROM ({rows})"
            f" WHERE line BETWEEN {first} AND {first + _BATCH_LINES - 1}"
        )
        yield _failures(batch.pl(), terms)


def broken_clauses(
    connection: duckdb.DuckDBPyConnection, file_format: Format, circumstances: Circumstances
) -> int:
    """How many accepted values of `staged` break a rule; anything but 0 is a fault of ours."""
    present = [name for name, *_ in connection.execute("DESCRIBE staged").fetchall()]
    terms = contract(file_format, circumstances, frozenset(present))
    found = find(connection, terms, "SELECT * FROM staged WHERE NOT errored")
    return sum(batch.height for batch in found)


def _failures(batch: pl.DataFrame, terms: Contract) -> pl.DataFrame:
    at_fault = _broken_cases(terms.rows, batch)
    if at_fault is None:
        return pl.DataFrame(schema=_FINDINGS)
    rows = batch[at_fault["index"].unique().sort()]
    cases = _broken_cases(terms.cells, rows)
    if cases is None:
        raise AssertionError("a row that keeps each clause keeps every clause")
    lines = rows["line"].gather(cases["index"])
    return pl.DataFrame(
        {"line": lines, "column": cases["column"], "clause": cases["check_number"]},
        schema=_FINDINGS,
    )


def _broken_cases(
    schema: pandera.polars.DataFrameSchema, rows: pl.DataFrame
) -> pl.DataFrame | None:
    """Pandera's table of failure cases; None when all rows keep the schema."""
    try:
        schema.validate(rows, lazy=True)
    except SchemaErrors as errors:
        return cast("pl.DataFrame", errors.failure_cases)
    return None


def _require_complete_groups(
    connection: duckdb.DuckDBPyConnection, file_format: Format, present: list[str]
) -> None:
    """Lenient accounts leave faulty groups out; a row that loses all of them still fails."""
    groups = {group.name: group for group in file_format.groups}
    for need in file_format.at_least_one:
        used = [groups[name] for name in need.groups if set(groups[name].needs) <= set(present)]
        complete = [
            f"({' AND '.join(f'''nullif({slot}, '') IS NOT NULL''' for slot in group.needs)}"
            f" AND NOT list_has_any(coalesce(slots, []), {list(group.needs)}))"
            for group in used
        ]
        run_steps(
            connection,
            _STEPS["fail_rows_without_group"]
            .fill(need=need.slot, is_complete=" OR ".join(complete) or "false")
            .bind(code=need.rule.code, message=need.rule.message),
        )


def _stage(connection: duckdb.DuckDBPyConnection, file_format: Format, present: list[str]) -> None:
    """Table `staged`: refused values left out, with the whole of a group that has a gap."""
    slots = [c.slot for c in file_format.columns if c.slot in present]
    found = connection.execute(_SQL["list_refused_slots"]).fetchall()
    run_steps(connection, _stage_rows(file_format, slots, {slot for (slot,) in found}))


def _stage_rows(file_format: Format, slots: list[str], refused: set[str]) -> Step:
    companions = {
        slot: [slot, *(s for group in file_format.groups if slot in (*group.needs, *group.optional)
                       for s in group.needs if s in refused)]
        for slot in slots
    }  # fmt: skip
    columns = [
        f"CASE WHEN list_has_any(refused, {sorted(set(companions[slot]) & refused)}) THEN NULL "
        f"ELSE nullif({slot}, '') END AS {slot}"
        if set(companions[slot]) & refused
        else f"nullif({slot}, '') AS {slot}"
        for slot in slots
    ]
    return _STEPS["stage_rows"].fill(
        remaining_clears=_clears(file_format, refused), columns=",\n    ".join(columns)
    )


def _clears(file_format: Format, refused: set[str]) -> str:
    """SQL of the slots to clear: none of a group that is left out, for half a name is no name."""
    clears = "clears"
    for group in file_format.groups:
        gaps = sorted(refused & set(group.needs))
        if gaps:
            clears = (
                f"CASE WHEN list_has_any(refused, {gaps}) THEN list_filter({clears},"
                f" LAMBDA slot: NOT list_contains({list(group.needs)}, slot)) ELSE {clears} END"
            )
    return clears
