"""Previews, further attempts and comparisons as a terminal shows them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from cli import output
from cli.imports import tables
from cli.imports.summaries import Finding
from registry.ledger.attempt_comparison import Comparison, LineDifference
from registry.tables.enums import OUTCOMES

if TYPE_CHECKING:  # DuckDB and polars take seconds to load, and `diff` needs neither
    from assets.preview import Preview

_KEY_LETTERS = 10


def previews_view(found: "Sequence[Preview]") -> RenderableType:
    """What a backfill would do: one import a line, and below the fields that would change."""
    headers = ("import", "received UTC", *OUTCOMES, "rows to change", "kept newer")
    made = output.table(headers, map(_preview_cells, found), right=headers[2:], dense=True)
    parts: list[RenderableType] = [Text(), made, Text()]
    parts += [
        Text(f" {each.imported.partition_key[-_KEY_LETTERS:]}  would fail: {each.fault}", "red")
        for each in found
        if each.fault
    ]
    parts.append(_fields("values that would change", (each.fields for each in found)))
    parts.append(_fields("values kept because newer", (each.kept_newer for each in found)))
    parts.append(Text("Nothing was written."))
    if len(found) > 1:
        parts.append(
            Text(
                "Each file was compared with the registry as it is now, without the changes that "
                "earlier files of this list would make first.",
                "bright_black",
            )
        )
    return Group(*parts)


def _preview_cells(each: "Preview") -> list[str | Text]:
    return [
        each.imported.partition_key[-_KEY_LETTERS:],
        f"{each.imported.received_at:%Y-%m-%d %H:%M}",
        *(_now_and_then(each, name) for name in OUTCOMES),
        output.count(each.changed_rows, "updated"),
        output.count(sum(each.kept_newer.values()), "info"),
    ]


def _now_and_then(each: "Preview", name: str) -> Text:
    """`3 → 1`, or the number alone if it stays the same."""
    now = each.now[name] if each.now else None
    then = each.then[name]
    if now == then:
        return output.count(then, name)
    return Text.assemble(output.count(now, ""), " → ", output.count(then, name))


def _fields(title: str, counted: Iterable[dict[str, int]]) -> Text:
    total: dict[str, int] = {}
    for fields in counted:
        for name, number in fields.items():
            total[name] = total.get(name, 0) + number
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{name} {number:,}" for name, number in ordered) or "none"
    return Text.assemble((f"{title}: ", "bright_black"), listed)


def attempts_view(found: Sequence[Finding]) -> RenderableType:
    """Further attempts, one a line, and below them the reasons of failed ones."""
    cells = [
        (
            each.key,
            f"{each.imported.received_at:%Y-%m-%d %H:%M}",
            str(each.attempt.number if each.attempt else output.NOTHING),
            output.word(each.imported.state),
            *tables.counts(each.attempt),
        )
        for each in found
    ]
    headers = ("import", "received UTC", "attempt", "state", *OUTCOMES)
    made = output.table(headers, cells, right=("attempt", *OUTCOMES), dense=True)
    reasons = [
        Text.assemble((f" {each.key}  ", "red"), each.imported.reason)
        for each in found
        if each.imported.reason
    ]
    return Group(Text(), made, Text(), *reasons)


def comparison_view(found: Comparison) -> RenderableType:
    """Two attempts side by side."""
    first, second = (f"attempt {each.number}" for each in (found.first, found.second))
    parts: list[RenderableType] = [
        Text(found.imported.partition_key, "bold"),
        tables.attempts_table((found.first, found.second)),
        output.table(
            ("outcome before", "and after", "rows"),
            [
                (_outcome(each.first), _outcome(each.second), f"{each.rows:,}")
                for each in found.transitions
            ],
            right=("rows",),
        ),
        output.table(
            ("severity", "issue", first, second),
            [
                (output.word(i.severity), i.code, f"{i.first:,}", f"{i.second:,}")
                for i in found.issues
            ],
            right=(first, second),
        ),
        _lines_view(found, first, second),
    ]
    return Padding(Group(*parts), (1, 0, 1, 1))


def _lines_view(found: Comparison, first: str, second: str) -> RenderableType:
    if not found.lines:
        return Text("No line differs.")
    cells = [
        (
            str(each.line),
            _outcome(each.first_outcome),
            _issues(each.first_issues),
            _outcome(each.second_outcome),
            _issues(each.second_issues),
            _patient(each),
        )
        for each in found.lines
    ]
    headers = ("line", first, "its issues", second, "then issues", "patient")
    made = output.table(headers, cells, right=("line",))
    rest = found.differing - len(found.lines)
    return Group(made, Text(f"  and {rest:,} more; --json has all")) if rest else made


def _issues(issues: list[dict[str, str | None]]) -> str:
    said = [
        f"{each['code']} ({each['column']})" if each["column"] else str(each["code"])
        for each in issues
    ]
    return "\n".join(said) or output.NOTHING


def _outcome(outcome: str | None) -> Text:
    return output.word(outcome) if outcome else Text(output.NOTHING, "bright_black")


def _patient(each: LineDifference) -> str:
    ids = [str(each.first_patient or output.NOTHING), str(each.second_patient or output.NOTHING)]
    return ids[0] if ids[0] == ids[1] else " → ".join(ids)
