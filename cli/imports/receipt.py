"""One import, or one awaited file, in full as a terminal shows it."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli import output
from cli.imports.summaries import Awaiting, Finding
from cli.imports.tables import imports_table
from registry.ledger.imports import Attempt
from registry.ledger.results import IssueCount

SHOWN_ISSUES = 12


def receipt(found: Finding) -> RenderableType:
    """One import in full: outcome, counts, issues, and where its files are."""
    parts: list[RenderableType] = [_headline(found)]
    if found.imported.reason:
        parts.append(Text(found.imported.reason, "" if found.members else "red"))
    if found.undone is not None:
        by, at = found.undone.user_name, output.moment(found.undone.decided_at)
        parts.append(Text(f"undone by {by}, {at}", "yellow"))
    if found.attempt is not None and found.attempt.records:
        parts.append(_counts_line(found.attempt))
    if found.linked:
        said = f"{found.linked:,} new {'patient' if found.linked == 1 else 'patients'} linked"
        command = f"rosterline matching links {found.key}"
        parts.append(Text(f"{said} to stored ones since: {command}", "cyan"))
    if found.issues:
        parts.append(issues_table(found.issues))
    parts.append(_places(found))
    if found.members:
        parts.append(imports_table(found.members))
    return Padding(Group(*parts), (1, 0, 1, 1))


def request_facts(found: Awaiting) -> RenderableType:
    """A request of the HTTP API whose file has not come."""
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
    """Issues by code, each with the message of the first row that has it."""
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
    """How far the import's document queries are; None for an import that starts none."""
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
