"""Judging the normalised rows: pandera finds, this module turns findings into issues.

Tables in: `raw`, `normalised`. Tables out: `issues(line, ordinal, code, severity, column_name,
message)` and `staged`, the canonical columns with what was not understood left out, `errored`
where the row cannot be loaded, `clears` where the sender asked to clear a value.
"""

from collections.abc import Iterator

import duckdb
import pandera.errors
import polars as pl
import pyarrow as pa

from assets.landed_files.layout import Layout
from assets.staging import create_table, scalar
from schemas.contract import Contract, contract
from schemas.formats import Format
from schemas.rules import Circumstances

_BATCH_LINES = 100_000
"""Lines judged at once: pandera's cost is mostly per call, and these are some 20 MB."""
_MAX_CELL_CHARS = 32_767
_SHOWN_CHARS = 80

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
    findings = find(connection, terms)
    create_table(connection, "findings", findings)
    _describe_clauses(connection, terms, layout)
    _collect_issues(connection, terms, file_format, layout)
    if circumstances.lenient:
        _require_complete_groups(connection, file_format, present)
    _stage(connection, file_format, present)


def find(
    connection: duckdb.DuckDBPyConnection, terms: Contract, rows: str = "FROM normalised"
) -> pl.DataFrame:
    """Every broken clause: its row's line, the table's column and the clause's place there."""
    columns = ", ".join(terms.by_column)
    last = scalar(connection, f"SELECT max(line) FROM ({rows})")
    found = [
        _failures(
            connection.sql(
                f"SELECT line, {columns} FROM ({rows})"
                f" WHERE line BETWEEN {first} AND {first + _BATCH_LINES - 1}"
            ).pl(),
            terms,
        )
        for first in range(1, last + 1, _BATCH_LINES)
    ]
    return pl.concat([pl.DataFrame(schema=_FINDINGS), *found])


def broken_clauses(
    connection: duckdb.DuckDBPyConnection, file_format: Format, circumstances: Circumstances
) -> int:
    """How many accepted values of `staged` break a rule; anything but 0 is a fault of ours."""
    present = [name for name, *_ in connection.execute("DESCRIBE staged").fetchall()]
    terms = contract(file_format, circumstances, frozenset(present))
    return find(connection, terms, "SELECT * FROM staged WHERE NOT errored").height


def _failures(batch: pl.DataFrame, terms: Contract) -> pl.DataFrame:
    try:
        terms.schema.validate(batch, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        lines = batch["line"].gather(cases["index"])
        return pl.DataFrame(
            {"line": lines, "column": cases["column"], "clause": cases["check_number"]},
            schema=_FINDINGS,
        )
    return pl.DataFrame(schema=_FINDINGS)


def _describe_clauses(
    connection: duckdb.DuckDBPyConnection, terms: Contract, layout: Layout
) -> None:
    """Table `terms`: what each clause says, and in which order messages are read."""
    rows = list(_clause_rows(terms, layout))
    names = ("place", "column", "clause", "slot", "subject", "code", "severity", "header",
             "template")  # fmt: skip
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    create_table(connection, "terms", table)


def _clause_rows(terms: Contract, layout: Layout) -> Iterator[tuple[object, ...]]:
    for place, (column, clauses) in enumerate(terms.by_column.items()):
        for number, clause in enumerate(clauses):
            index = layout.slots.get(clause.slot)
            known = index is not None and layout.has_header
            header = layout.headers[index].strip() if known and index is not None else None
            yield (
                place * 100 + number, column, number, clause.slot, clause.rule.subject,
                clause.rule.code, clause.severity, header or clause.label, clause.template,
            )  # fmt: skip


def _collect_issues(
    connection: duckdb.DuckDBPyConnection, terms: Contract, file_format: Format, layout: Layout
) -> None:
    """All issues: first what is wrong with a row as such, then with its cells.

    Of several findings about one value the first counts; notices about the cell as given are
    dropped where the value was refused anyway.
    """
    cells = " UNION ALL ".join(_cell_of(column, terms, layout) for column in terms.by_column)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE found AS
        WITH told AS (
            SELECT f.line, t.* FROM findings f JOIN terms t USING ("column", clause)
            QUALIFY t.subject <> 'value'
                OR row_number() OVER (PARTITION BY f.line, t.slot, t.subject ORDER BY place) = 1
        ), cell AS ({cells})
        SELECT told.line, place, code, severity, slot, header AS column_name,
            replace(replace(template, '{{value}}', coalesce(shown(cell.value), '')), '{{allowed}}',
                coalesce((SELECT arg_min(level, levenshtein(lower(level), lower(cell.value)))
                          FROM risk_levels), '')) AS message
        FROM told LEFT JOIN cell ON cell.line = told.line AND cell."column" = told."column"
        WHERE NOT (told.subject = 'given' AND told.severity <> 'error' AND EXISTS (
            SELECT 1 FROM told t2 WHERE t2.line = told.line AND t2.slot = told.slot
            AND t2.subject = 'value'))
        """
    )
    rows = " UNION ALL ".join(_row_issues(file_format, layout))
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE issues AS
        SELECT line,
            (row_number() OVER (PARTITION BY line ORDER BY place, code) - 1)::SMALLINT AS ordinal,
            code, severity, column_name, message, slot
        FROM (FROM found UNION ALL BY NAME ({rows}))
        QUALIFY NOT bool_or(code = 'header_not_allowed') OVER (PARTITION BY line)
            OR code = 'header_not_allowed'
        """
    )


def _cell_of(column: str, terms: Contract, layout: Layout) -> str:
    """The text a message about this column shows: the sender's own cell where there is one."""
    slot = terms.by_column[column][0].slot
    index = layout.slots.get(slot)
    shown = "NULL" if index is None else f"c{index}"
    table = "raw"
    if column.endswith("__rejected"):
        shown, table = column, "normalised"
    return (
        f'SELECT DISTINCT f.line, f."column", {shown} AS value'
        f" FROM findings f JOIN {table} USING (line)"
        f" WHERE f.\"column\" = '{column}'"
    )


def _row_issues(file_format: Format, layout: Layout) -> Iterator[str]:
    """SELECTs of issues that concern a row as such; their place is before all cells'."""
    long_row = file_format.long_row_message.format(expected=layout.width, found="' || fields || '")
    yield _row_issue(-4, "row_too_long", "error", f"'{long_row}'", f"fields > {layout.width}")
    if layout.has_header:
        yield _row_issue(
            -3, "row_too_short", "warning",
            f"'the row has ' || fields || ' fields where the header has {layout.width}; "
            "the missing ones were read as blank'",
            f"fields < {layout.width}",
        )  # fmt: skip
    else:
        looks = " OR ".join(
            f"fold(c{i}) = '{_folded(column.header)}'"
            for i, column in enumerate(file_format.columns[:5])
        )
        yield _row_issue(
            -5, "header_not_allowed", "error",
            "'this format has no header row; remove the first line'", f"line = 1 AND ({looks})",
        )  # fmt: skip
    for index in range(layout.width):
        name = layout.headers[index].strip() if layout.has_header else None
        label = (name or f"column {index + 1}").replace("'", "''")
        yield _row_issue(
            -2, "nul_character", "error",
            f"'{label}: contains a NUL character, which cannot be stored; remove it'",
            f"contains(c{index}, chr(0))", f"'{label}'",
        )  # fmt: skip
        yield _row_issue(
            -1, "cell_too_long", "error",
            f"'{label}: has ' || length(c{index}) || ' characters; a spreadsheet cell holds at "
            f"most {_MAX_CELL_CHARS}'",
            f"length(c{index}) > {_MAX_CELL_CHARS}", f"'{label}'",
        )  # fmt: skip


def _row_issue(
    place: int, code: str, severity: str, message: str, condition: str, column: str = "NULL"
) -> str:
    return (
        f"SELECT line, {place} AS place, '{code}' AS code, '{severity}' AS severity, "
        f"NULL::VARCHAR AS slot, {column}::VARCHAR AS column_name, {message} AS message "
        f"FROM raw WHERE {condition}"
    )


def _folded(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


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
        connection.execute(
            f"""
            INSERT INTO issues
            SELECT line, 1000, '{need.rule.code}', 'error', NULL, '{need.rule.message}', NULL
            FROM normalised LEFT JOIN (
                SELECT line, list(slot) AS slots FROM issues WHERE slot IS NOT NULL GROUP BY line
            ) USING (line)
            WHERE {need.slot} <> '' AND NOT ({" OR ".join(complete) or "false"})
            """
        )


def _stage(connection: duckdb.DuckDBPyConnection, file_format: Format, present: list[str]) -> None:
    """Table `staged`: refused values left out, with the whole of a group that has a gap."""
    slots = [c.slot for c in file_format.columns if c.slot in present]
    refused = {
        slot
        for (slot,) in connection.execute(
            'SELECT DISTINCT slot FROM terms JOIN findings USING ("column", clause) '
            "WHERE subject = 'value'"
        ).fetchall()
    }
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
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE staged AS
        SELECT n.line, e.line IS NOT NULL AS errored, {_clears(file_format, refused)} AS clears,
            {", ".join(columns)}
        FROM normalised n
        LEFT JOIN (SELECT DISTINCT line FROM issues WHERE severity = 'error') e USING (line)
        LEFT JOIN (
            SELECT line, list(DISTINCT slot) AS refused
            FROM findings JOIN terms USING ("column", clause)
            WHERE subject = 'value' GROUP BY line
        ) r USING (line)
        """
    )


def _clears(file_format: Format, refused: set[str]) -> str:
    """SQL of the slots to clear: none of a group that is left out, for half a name is no name."""
    clears = "clears"
    for group in file_format.groups:
        gaps = sorted(refused & set(group.needs))
        if gaps:
            clears = (
                f"CASE WHEN list_has_any(refused, {gaps}) THEN list_filter({clears},"
                f" lambda slot: NOT list_contains({list(group.needs)}, slot)) ELSE {clears} END"
            )
    return clears
