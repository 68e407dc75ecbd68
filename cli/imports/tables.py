"""Imports, rows and attempts as a terminal shows them; 100 columns show all, 80 most."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli import output
from cli.imports.summaries import Awaiting, Finding, Summary
from registry.ledger.imports import Attempt
from registry.ledger.results import IssueCount
from registry.tables.enums import OUTCOMES

SHOWN_ISSUES = 12
WIDE_COLUMNS = 100


def imports_table(found: Sequence[Summary | Awaiting]) -> RenderableType:
    """Imports, one a line or, on a narrow screen, one on two; then why the failed ones failed."""
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
        if isinstance(each, Summary) and each.imported.reason
    ]
    return Group(Text(), made, Text(), *reasons)


def _stacked(upper: str | Text, lower: str | Text) -> Text:
    return Text.assemble(upper, "\n", (str(lower), "bright_black"))


def _import_cells(found: Summary) -> list[str | Text]:
    imported = found.imported
    return [
        found.key,
        f"{imported.received_at:%m-%d %H:%M}",
        output.short(found.account, 14),
        output.short(imported.file_name, 16),
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


def receipt(found: Finding) -> RenderableType:
    """One import in full."""
    parts: list[RenderableType] = [_headline(found)]
    if found.imported.reason:
        parts.append(Text(found.imported.reason, "red"))
    if found.undone is not None:
        by, at = found.undone.user_name, output.moment(found.undone.decided_at)
        parts.append(Text(f"undone by {by}, {at}", "yellow"))
    if found.attempt is not None and found.attempt.records:
        parts.append(_counts_line(found.attempt))
    if found.issues:
        parts.append(issues_table(found.issues))
    parts.append(_places(found))
    return Padding(Group(*parts), (1, 0, 1, 1))


def request_facts(found: Awaiting) -> RenderableType:
    """A request of the HTTP API whose file is not here."""
    request = found.request
    made = output.facts(
        {
            "request": str(request.id),
            "account": found.account,
            "state": f"{request.state}, no file came yet"
            if request.state == "waiting"
            else request.state,
            "asked": output.moment(request.created_at),
            "until": output.moment(request.expires_at),
            "dry run": "yes" if request.dry_run else None,
        }
    )
    return Padding(made, (1, 0, 1, 1))


def _headline(found: Finding) -> Text:
    imported = found.imported
    style = output.STYLES.get(imported.state, "")
    line = Text.assemble(
        (imported.file_name, "bold"),
        f"  {found.account}  ",
        (imported.state, f"bold {style}"),
    )
    if found.seconds:
        line.append(f" in {sum(found.seconds.values()):.1f} s")
    if imported.dry_run:
        line.append("  dry run, nothing was kept", "yellow")
    return line


def _counts_line(attempt: Attempt) -> Text:
    line = Text(f"{attempt.records:,} row{'' if attempt.records == 1 else 's'}:")
    for name, number in attempt.counts.items():
        line.append("  ").append(output.count(number, name))
        line.append(f" {name}", "" if number else "bright_black")
    return line


def issues_table(issues: Sequence[IssueCount]) -> RenderableType:
    """Issues by code; the message is that of the first row that has it."""
    shown = issues[:SHOWN_ISSUES]
    rows = [
        (output.word(each.severity), each.code, f"{each.count:,}", each.where, each.message)
        for each in shown
    ]
    headers = ("severity", "issue", "times", "line", "for example")
    made = output.table(headers, rows, right=("times", "line"))
    rest = len(issues) - len(shown)
    return Group(made, Text(f"  and {rest} more kinds of issue")) if rest else made


def _documents(found: Finding) -> Text | None:
    """How far the import's document queries are; nothing for imports that start none."""
    of = found.documents
    if of is None or not (of.total or of.state == "wanted"):
        return None
    if of.state == "wanted":
        return Text("wanted; the daemon starts the queries", "yellow")
    if of.not_configured == of.total:
        said = f"{of.total:,} not configured: set ROSTERLINE_FHIR_BASE_URL"
        return Text(said, "yellow")
    line = Text(f"{of.found:,} found")
    states = ("completed", "processing", "failed", "opted_out", "not_configured")
    for name in states:
        if count := getattr(of, name):
            line.append(f", {count:,} {name.replace('_', ' ')}", output.STYLES.get(name, ""))
    if found.document_reasons:
        reasons = (f"{code} {count:,}" for code, count in found.document_reasons.items())
        line.append(f" ({', '.join(reasons)})")
    if of.fault:
        line.append(f"; {of.fault}: paused until {output.moment(of.due_at)}", "red")
    return line


def _places(found: Finding) -> Table:
    has_failed_rows = found.attempt is not None and found.attempt.counts["errored"]
    stages = " · ".join(f"{stage} {seconds:.1f}" for stage, seconds in found.seconds.items())
    return output.facts(
        {
            "import": found.imported.partition_key,
            "id": str(found.imported.id),
            "received": output.moment(found.imported.received_at),
            "seconds": stages or None,
            "documents": _documents(found),
            "result": output.place(found.result) if found.result else None,
            "failed rows": output.place(found.failed_rows)
            if found.failed_rows and has_failed_rows
            else None,
        }
    )


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
