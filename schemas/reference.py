"""CSV templates and reference pages, made from the declarations of formats."""

import csv
import io
from collections.abc import Iterator

from schemas.catalogue import FORMATS
from schemas.contract import clauses
from schemas.formats import (
    Column,
    DemographicMatch,
    Format,
    IdentifierMatch,
    MatchTier,
    PatientMatch,
)
from schemas.issues import GROUPS
from schemas.rules import Circumstances

_GENERATED = "<!-- Generated from schemas/ by `make docs`. -->"


def template(file_format: Format) -> str:
    """The CSV template of a format: its header, or an example row where it has no header."""
    columns = [column for column in file_format.columns if column.in_template]
    cells = [c.header if file_format.has_header else c.example for c in columns]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def format_page(file_format: Format, circumstances: Circumstances) -> str:
    """The reference page of a format, as markdown."""
    return "\n".join(
        [
            _GENERATED,
            f"# Format `{file_format.name}`: {file_format.title}",
            "",
            *_shape(file_format),
            "",
            "## Columns",
            "",
            *_columns(file_format),
            "",
            *_repeated(file_format),
            "## Who is this patient",
            "",
            *_matching(file_format),
            "",
            "## Rules",
            "",
            *_rules(file_format, circumstances),
            "",
            "## Result file",
            "",
            *_result(file_format),
            "",
        ]
    )


def _shape(file_format: Format) -> Iterator[str]:
    order = "any order" if file_format.has_header else "the order given here, no header row"
    yield f"- Columns: {order}."
    yield f"- Encodings: {', '.join(name.upper() for name in file_format.encodings)}."
    delimiters = "comma; others are recognised" if file_format.other_delimiters else "comma"
    yield f"- Delimiter: {delimiters}."
    if file_format.max_rows:
        yield f"- At most {file_format.max_rows:,} rows a file; blank rows do not count."
    if file_format.clear_marker:
        yield f"- `{file_format.clear_marker}` in an optional cell clears what is stored."
    yield "- A blank cell keeps what is stored."


def _columns(file_format: Format) -> Iterator[str]:
    yield "| column | also accepted | required | what it holds | example | if not understood |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in file_format.columns:
        if not is_repeat(column):
            yield _column_line(column)


def is_repeat(column: Column) -> bool:
    """Whether the column is a further one of a numbered series (bare, -2 … -10)."""
    number = column.header.rpartition("-")[2]
    numbered = column.header.rpartition("-")[1] == "-" and number.isdigit()
    return (numbered and number != "1") or (column.suffix == "" and _has_numbered_twin(column))


def _has_numbered_twin(column: Column) -> bool:
    stems = ("addressLine1", "addressLine2", "city", "state", "zip", "phone", "email", "cohort")
    return column.header in stems


def _column_line(column: Column) -> str:
    what = column.kind.describe + (f"; {column.note}" if column.note else "")
    severity = "the row fails" if column.required or column.severity == "error" else "left out"
    also = ", ".join(column.synonyms)
    cells = (f"`{column.header}`", also, "yes" if column.required else "", what,
             f"`{column.example}`" if column.example else "", severity)  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _repeated(file_format: Format) -> list[str]:
    if not any(is_repeat(column) for column in file_format.columns):
        return []
    return [
        "Columns ending in `-1` may be repeated up to `-10` and used bare, without a number; the",
        "bare one is read first.",
        "",
    ]


def _matching(file_format: Format) -> Iterator[str]:
    for place, tier in enumerate(file_format.match, start=1):
        yield f"{place}. {_tier(file_format, tier)}"


def _tier(file_format: Format, tier: MatchTier) -> str:
    if isinstance(tier, IdentifierMatch):
        return f"The patient who holds this {file_format.column(tier.slot).label} in the account."
    if isinstance(tier, PatientMatch):
        return "The patient with this id of ours in the account."
    zips = ""
    if tier.zip_slots:
        zips = " and a zip in common, or a stored patient without an address"
    vetoed = ""
    if tier.vetoed_by:
        vetoed = (
            " A candidate whose identifier differs from the row's is another person: the row "
            "becomes a new patient and the pair goes to the review queue."
        )
    return _demographics(tier) + zips + "." + vetoed


def _demographics(_: DemographicMatch) -> str:
    return (
        "Same first name, last name, birth date and gender, compared without case, accents, "
        "punctuation and spaces"
    )


def _rules(file_format: Format, circumstances: Circumstances) -> Iterator[str]:
    yield "| column | code | severity | message |"
    yield "| --- | --- | --- | --- |"
    repeats = {column.slot for column in file_format.columns if is_repeat(column)}
    for clause in clauses(file_format, circumstances):
        if clause.slot not in repeats:
            message = clause.template.replace("|", "\\|")
            yield f"| {clause.label} | `{clause.rule.code}` | {clause.severity} | {message} |"


def _result(file_format: Format) -> Iterator[str]:
    result = file_format.result
    names = ", ".join(f"`{header}`" for header, _ in result.before)
    after = ", ".join(f"`{header}`" for header, _ in result.after)
    parts = [names, "every column of the input as it came" if result.echo else "", after]
    yield f"UTF-8, CRLF, RFC 4180 quotes. Columns: {'; then '.join(p for p in parts if p)}."
    words = ", ".join(f"{outcome}: `{word}`" for outcome, word in result.words.items())
    yield f"Outcomes: {words}."


def issue_page() -> str:
    """The reference page of issue codes, as markdown."""
    lines = [_GENERATED, "# Issue codes", "", "Stable names; scripts may rely on them.", ""]
    for title, issues in GROUPS.items():
        lines += [f"## {title}", "", "| code | meaning | what to do |", "| --- | --- | --- |"]
        lines += [f"| `{i.code}` | {i.meaning} | {i.remedy} |" for i in issues]
        lines.append("")
    return "\n".join(lines)


def known_columns() -> str:
    """Every format's columns by their slots, as CSV for the marts."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("format", "slot", "label"))
    for name, file_format in FORMATS.items():
        writer.writerows((name, *pair) for pair in sorted(file_format.labels.items()))
    return text.getvalue()
