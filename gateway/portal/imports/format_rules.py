"""The rules of a format's columns as a page shows them, made from the format's declarations."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.portal.imports.cell_references import letters
from registry.accounts.accounts import Account
from schemas.contract import clauses
from schemas.formats import Column, Format
from schemas.reference import is_repeat
from schemas.rules import Circumstances


@dataclass(frozen=True)
class ColumnRules:
    """A column: its place, what it may hold, and what users read about a value it may not hold.

    `letter` is the spreadsheet's, and empty where a header row names the columns. `messages` are
    pairs of severity and text.
    """

    letter: str
    name: str
    synonyms: tuple[str, ...]
    required: bool
    holds: str
    note: str
    example: str
    messages: tuple[tuple[str, str], ...]


def rules_of(file_format: Format, account: Account) -> list[ColumnRules]:
    """The columns of a format with their rules; of a numbered series only the first column.

    A value in a message is shown as `…`: `… is not between 100 years ago and this year`.
    """
    messages = _messages_by_slot(file_format, account)
    return [
        _column_rules(file_format, place, column, tuple(messages.get(column.slot, ())))
        for place, column in enumerate(file_format.columns)
        if not is_repeat(column)
    ]


def _messages_by_slot(file_format: Format, account: Account) -> dict[str, list[tuple[str, str]]]:
    circumstances = Circumstances(
        received_on=datetime.now(UTC).astimezone(account.zone).date(),
        risk_levels=tuple(account.settings.get("risk_levels", ())),
        lenient=bool(account.settings.get("lenient", False)),
    )
    messages: dict[str, list[tuple[str, str]]] = {}
    for clause in clauses(file_format, circumstances):
        text = clause.template.removeprefix(f"{clause.label}: ").replace("{value}", "…")
        message = (clause.severity, text.replace("{allowed}", "…"))
        if message not in messages.setdefault(clause.slot, []):
            messages[clause.slot].append(message)
    return messages


def _column_rules(
    file_format: Format, place: int, column: Column, messages: tuple[tuple[str, str], ...]
) -> ColumnRules:
    return ColumnRules(
        letter="" if file_format.has_header else letters(place),
        name=column.label,
        synonyms=column.synonyms,
        required=column.required,
        holds=column.kind.describe,
        note=column.note.replace("`", ""),
        example=column.example,
        messages=messages,
    )
