"""Turning findings into issues: what a sender reads about each row.

Tables in: `raw`, `normalised`, `findings(line, column, clause)`. Tables out: `terms`, what each
clause says, and `issues(line, ordinal, code, severity, column_name, message, slot)`.

Example: the cell `31/12/1961` of column DOB breaks clause 3 of slot `dob`. The finding is
`(2, dob, 3)`; the issue is `(2, 0, invalid_date, error, DOB, <message>, dob)`.
"""

from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa

from assets.staging_database import create_table
from assets.steps import Step, StepFiles, run_steps
from rosters.layout import Layout
from schemas.contract import Clause, Contract
from schemas.formats import Format

_STEPS = StepFiles(__file__)
_MAX_CELL_CHARS = 32_767
_FIRST_COLUMNS = 5
"""So many cells of a first row are enough to see that it is a header."""
_HAS_ENTITY = (
    "(contains(cell, '&') AND regexp_matches(cell, "
    "'&(?:#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,8}[0-9]{0,2});'))"
)
_IS_MISREAD = (
    "(strlen(cell) > length(cell) AND regexp_matches(cell, "
    r"'[ÃÂ][\x{80}-\x{BF}\x{152}-\x{192}\x{2C6}\x{2DC}\x{2010}-\x{2018}\x{201A}-\x{201C}"
    r"\x{201E}-\x{203A}\x{20AC}\x{2122}]|â€|ï»¿'))"
)
"""UTF-8 that another program has read as Windows-1252 and saved again: `JosÃ©` was José.

Closing quotation marks are left out: they stand behind letters in good text.
"""


def describe_clauses(
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
                clause.rule.code, clause.severity, header or clause.label,
                _template(clause, header if layout.mapping else None),
            )  # fmt: skip


def _template(clause: Clause, own_header: str | None) -> str:
    """The message, which names a mapped column as its sender does, and not as the format."""
    label = f"{clause.label}:"
    if not own_header or not clause.template.startswith(label):
        return clause.template
    return f"{own_header}:{clause.template.removeprefix(label)}"


def collect_issues(
    connection: duckdb.DuckDBPyConnection, terms: Contract, file_format: Format, layout: Layout
) -> None:
    """All issues: first what is wrong with a row as such, then with its cells.

    Of several findings about one value the first counts; notices about the cell as given are
    dropped where the value was refused anyway.
    """
    found = connection.execute('SELECT DISTINCT "column" FROM findings ORDER BY 1').fetchall()
    columns = [column for (column,) in found]
    run_steps(
        connection,
        _list_broken_cells(columns, terms, layout),
        _STEPS["find_issues_of_cells"],
        _find_odd_cells(layout),
        _find_rows_within_cells(file_format, layout),
        _find_stray_quotes(file_format, layout),
        _find_issues_of_rows(file_format, layout),
        _STEPS["number_issues"],
    )


def _list_broken_cells(columns: list[str], terms: Contract, layout: Layout) -> Step:
    """View `broken_cell(line, column, value)`: the cells that messages show."""
    cells = [
        'SELECT 0 AS line, NULL::VARCHAR AS "column", NULL::VARCHAR AS value WHERE false',
        *(_cell_of(column, terms, layout) for column in columns),
    ]
    return _view("list_broken_cells", "broken_cell", cells)


def _find_issues_of_rows(file_format: Format, layout: Layout) -> Step:
    """View `row_issue`: issues that concern a row as such."""
    return _view("find_issues_of_rows", "row_issue", _row_issues(file_format, layout))


def _view(step: str, name: str, selects: Iterable[str]) -> Step:
    united = "\nUNION ALL\n".join(selects)
    return Step(step, f"CREATE OR REPLACE TEMP VIEW {name} AS\n{united}")


def _cell_of(column: str, terms: Contract, layout: Layout) -> str:
    """The text a message about this column shows: the sender's own cell where there is one."""
    slot = terms.by_column[column][0].slot
    index = layout.slots.get(slot)
    shown = "NULL" if index is None else f"c{index}"
    table = "raw"
    if column.endswith("__rejected"):
        shown, table = column, "normalised"
    return (
        f'SELECT DISTINCT findings.line, findings."column", {shown} AS value'
        f" FROM findings JOIN {table} USING (line)"
        f" WHERE findings.\"column\" = '{column}'"
    )


def _row_issues(file_format: Format, layout: Layout) -> Iterator[str]:
    """SELECTs of issues that concern a row as such; their place is before all cells'."""
    yield "FROM rows_within_cell"
    yield "FROM stray_quote"
    long_row = file_format.long_row_message.format(expected=layout.width, found="' || fields || '")
    yield _row_issue(-4, "row_too_long", "error", f"'{long_row}'", f"fields > {layout.width}")
    if layout.has_header or layout.mapping:
        of = "header" if layout.has_header else "column mapping"
        yield _row_issue(
            -3, "row_too_short", "warning",
            f"'the row has ' || fields || ' fields where the {of} has {layout.width}; "
            "the missing ones were read as blank'",
            f"fields < {layout.width}",
        )  # fmt: skip
    if not layout.has_header:
        first = sorted(layout.slots.items(), key=lambda each: each[1])[:_FIRST_COLUMNS]
        looks = " OR ".join(
            f"fold(c{i}) = '{_folded(file_format.column(slot).header)}'" for slot, i in first
        )
        looks += " OR regexp_matches(c0, '(?i)^sep=$')"
        yield _row_issue(
            -5, "header_not_allowed", "error",
            "'this format has no header row; remove the first line'", f"line = 1 AND ({looks})",
        )  # fmt: skip
    yield _cell_issue(
        -2, "nul_character", "contains a NUL character, which cannot be stored; remove it'",
        "contains(cell, chr(0))",
    )  # fmt: skip
    yield _cell_issue(
        -1, "cell_too_long",
        f"has ' || length(cell) || ' characters; a spreadsheet holds {_MAX_CELL_CHARS} at most'",
        f"length(cell) > {_MAX_CELL_CHARS}",
    )  # fmt: skip
    yield _cell_issue(
        10_000, "html_entity", "holds text of a web page (&…;) and was stored as it stands'",
        f"slot IS NOT NULL AND {_HAS_ENTITY}", "warning",
    )  # fmt: skip
    yield _cell_issue(
        10_001, "misread_letters",
        "holds letters that another program has misread (Ã© for é) and was stored as it stands'",
        f"slot IS NOT NULL AND {_IS_MISREAD}", "warning",
    )  # fmt: skip


def _find_odd_cells(layout: Layout) -> Step:
    """Table `odd_cell(line, fields, index, label, slot, cell)`: cells to look at one by one.

    These hold a NUL character, more than a spreadsheet's cell can, an HTML entity, misread letters,
    or a line end.
    """
    columns = ", ".join(f"c{i}" for i in range(layout.width))
    return Step(
        "find_odd_cells",
        "CREATE OR REPLACE TEMP TABLE odd_cell AS"
        " SELECT line, fields, substr(place, 2)::INTEGER AS index,"
        f" [{_labels(layout)}][index + 1] AS label, [{_slots(layout)}][index + 1] AS slot, cell"
        f" FROM (UNPIVOT raw ON {columns} INTO NAME place VALUE cell)"
        f" WHERE contains(cell, chr(0)) OR length(cell) > {_MAX_CELL_CHARS} OR {_HAS_ENTITY}"
        f" OR {_IS_MISREAD} OR contains(cell, chr(10)) OR contains(cell, chr(13))",
    )


def _find_rows_within_cells(file_format: Format, layout: Layout) -> Step:
    """View `rows_within_cell`: issues of cells that seem to hold whole rows."""
    fewest = sum(column.required for column in file_format.columns)
    fields = layout.width if layout.has_header else fewest
    return _STEPS["find_rows_within_cells"].fill(
        delimiter=_text(layout.delimiter),
        cells=", ".join(f"raw.c{i}" for i in range(layout.width)),
        row_delimiters=str(fields - 1),
    )


def _find_stray_quotes(file_format: Format, layout: Layout) -> Step:
    """View `stray_quote`: issues of cells whose quotes are not those of CSV."""
    identities = {layout.slots.get(slot) for slot in file_format.identity_slots} - {None}
    return _STEPS["find_stray_quotes"].fill(
        cells=", ".join(f"c{i}" for i in range(layout.width)),
        labels=_labels(layout),
        slots=_slots(layout),
        identities=", ".join(str(index) for index in identities),
        width=str(layout.width),
        may_have_moved=f"(len(doubtful) > 0 AND fields <> {layout.width})"
        if layout.has_header
        else "false",
    )


def _labels(layout: Layout) -> str:
    """SQL of what messages call each column."""
    return ", ".join(_text(name) for name in layout.column_names)


def _slots(layout: Layout) -> str:
    """SQL of the slot that each column fills."""
    slots = {index: slot for slot, index in layout.slots.items()}
    return ", ".join(f"'{slots[i]}'" if i in slots else "NULL" for i in range(layout.width))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _row_issue(place: int, code: str, severity: str, message: str, condition: str) -> str:
    return (
        f"SELECT line, {place} AS place, '{code}' AS code, '{severity}' AS severity, "
        f"NULL::VARCHAR AS slot, NULL::VARCHAR AS column_name, {message} AS message "
        f"FROM raw WHERE {condition}"
    )


def _cell_issue(
    place: int, code: str, message: str, condition: str, severity: str = "error"
) -> str:
    return (
        f"SELECT line, {place} AS place, '{code}' AS code, '{severity}' AS severity, "
        f"slot, label AS column_name, label || ': {message} AS message "
        f"FROM odd_cell WHERE {condition}"
    )


def _folded(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
