"""A format's rules as a page shows them, made from its declarations."""

from dataclasses import dataclass
from datetime import UTC, datetime

from registry.accounts.accounts import Account
from rosters.cells import column_letters
from schemas.contract import clauses
from schemas.formats import Column, Format
from schemas.reference import is_repeat
from schemas.rules import Circumstances


@dataclass(frozen=True)
class ColumnRules:
    """A column: where it stands, what it holds, and what is said about values that it must not."""

    letter: str
    name: str
    also: tuple[str, ...]
    required: bool
    holds: str
    note: str
    example: str
    fails_row: bool
    messages: tuple[tuple[str, str], ...]


def rules_of(file_format: Format, account: Account) -> list[ColumnRules]:
    """The columns of a format with their rules; of a numbered series the first one only."""
    circumstances = Circumstances(
        received_on=datetime.now(UTC).astimezone(account.zone).date(),
        risk_levels=tuple(account.settings.get("risk_levels", ())),
        lenient=bool(account.settings.get("lenient", False)),
    )
    said: dict[str, list[tuple[str, str]]] = {}
    for clause in clauses(file_format, circumstances):
        text = clause.template.removeprefix(f"{clause.label}: ").replace("{value}", "…")
        message = (clause.severity, text.replace("{allowed}", "…"))
        if message not in said.setdefault(clause.slot, []):
            said[clause.slot].append(message)
    return [
        _column(file_format, place, column, tuple(said.get(column.slot, ())))
        for place, column in enumerate(file_format.columns)
        if not is_repeat(column)
    ]


def _column(
    file_format: Format, place: int, column: Column, messages: tuple[tuple[str, str], ...]
) -> ColumnRules:
    return ColumnRules(
        letter="" if file_format.has_header else column_letters(place),
        name=column.label,
        also=column.synonyms,
        required=column.required,
        holds=column.kind.describe,
        note=column.note.replace("`", ""),
        example=column.example,
        fails_row=column.required or column.severity == "error",
        messages=messages,
    )
