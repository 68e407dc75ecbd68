"""Lists of imports, rows and attempts as a terminal shows them, from 80 columns on."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli import output
from cli.imports.summaries import Awaiting, Summary
from registry.ledger.imports import Attempt
from registry.ledger.states import UNPACKED
from registry.tables.enums import OUTCOMES

WIDE_COLUMNS = 100


def imports_table(found: Sequence[Summary | Awaiting]) -> RenderableType:
    """Imports, one a line, then the reasons of those that failed.

    On a screen of less than 100 columns each import takes two lines.
    """
    headers = ["import", "UTC", "account", "file", "state", *OUTCOMES]
    cells = [
        _import_cells(each) if isinstance(each, Summary) else _request_cells(each) for each in found
    ]
    if output.console.width < WIDE_COLUMNS:
        headers[:4] = ["import, UTC", "account, file"]
        cells = [
            [_stacked(key, at), _stacked(account, file), *others]
            for key, at, account, file, *others in cells
        ]
    made = output.table(headers, cells, right=OUTCOMES, dense=True)
    reasons = [
        Text.assemble((f" {each.key}  ", "red"), each.imported.reason)
        for each in found
        if isinstance(each, Summary) and each.imported.reason and each.imported.state != UNPACKED
    ]
    return Group(Text(), made, Text(), *reasons)


def _stacked(upper: str | Text, lower: str | Text) -> Text:
    return Text.assemble(upper, "\n", (str(lower), "bright_black"))


def _import_cells(found: Summary) -> list[str | Text]:
    imported = found.imported
    # Of a member the name in its archive: cut to these letters, all members would look alike.
    name = imported.file_name.partition("/")[2] if imported.parent_id else imported.file_name
    return [
        found.key,
        f"{imported.received_at:%m-%d %H:%M}",
        output.short(found.account, 14),
        output.short(name, 16),
        _state(found),
        *counts(found.attempt),
    ]


def _state(found: Summary) -> Text:
    if found.undone is not None:
        return Text("undone", "yellow")
    if found.imported.dry_run and found.imported.state == "completed":
        return Text("dry run", "yellow")
    return output.word(found.imported.state)


def _request_cells(found: Awaiting) -> list[str | Text]:
    return [
        found.key,
        f"{found.request.created_at:%m-%d %H:%M}",
        output.short(found.account, 14),
        Text("no file yet", "bright_black"),
        output.word(found.request.state),
        *counts(None),
    ]


def counts(attempt: Attempt | None) -> list[Text]:
    """Rows by outcome, one cell each."""
    if attempt is None or attempt.records is None or attempt.state == "failed":
        return [output.count(None, name) for name in OUTCOMES]
    return [output.count(number, name) for name, number in attempt.counts.items()]


def attempts_table(attempts: Iterable[Attempt]) -> Table:
    """All attempts over one import."""
    rows = [
        (str(each.number), output.moment(each.started_at), each.state, *counts(each))
        for each in attempts
    ]
    headers = ("attempt", "started", "state", *OUTCOMES)
    return output.table(headers, rows, right=("attempt", *OUTCOMES))


def rows_table(rows: Iterable[dict[str, Any]]) -> Table:
    """What became of each row, in the file's order."""
    cells = [
        (
            str(row["line"]),
            output.word(row["outcome"]),
            str(row["patient_id"] or output.NOTHING),
            "\n".join(row["messages"]),
        )
        for row in rows
    ]
    return output.table(("line", "outcome", "patient", "messages"), cells, right=("line",))
