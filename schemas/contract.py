"""The pandera contract of a format's normalised table, made from its declarations."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from schemas.formats import Column, Format
from schemas.rules import MISSING, Circumstances, Rule, Severity, Test


@dataclass(frozen=True)
class Clause:
    """One rule applied to one column of the normalised table.

    `column` is the column of the table (`birth_date`, `birth_date__given`, …), `slot` its slot in
    the format.
    """

    column: str
    slot: str
    label: str
    rule: Rule
    severity: Severity
    template: str
    """The message, in which only {value} and {allowed} are not yet filled in."""


SUBJECT_SUFFIX = {"value": "", "given": "__given", "rejected": "__rejected"}


def clauses(file_format: Format, circumstances: Circumstances) -> tuple[Clause, ...]:
    """Every rule of the format, in the order of messages."""
    return tuple(_clauses(file_format, circumstances))


def _clauses(file_format: Format, circumstances: Circumstances) -> Iterator[Clause]:
    group_rules = {slot: group.rule for group in file_format.groups for slot in group.needs}
    for column in file_format.columns:
        rules = [MISSING] if column.required else []
        rules += [group_rules[column.slot]] if column.slot in group_rules else []
        for rule in (*rules, *column.kind.rules):
            yield _clause(column, rule, circumstances)
    for need in file_format.at_least_one:
        yield Clause(need.slot, need.slot, need.slot, need.rule, "error", need.rule.message)


def _clause(column: Column, rule: Rule, circumstances: Circumstances) -> Clause:
    template = column.messages.get(rule.code, rule.message)
    template = template.replace("{label}", column.label).replace("{suffix}", column.suffix)
    return Clause(
        column.slot + SUBJECT_SUFFIX[rule.subject],
        column.slot,
        column.label,
        rule,
        _severity(column, rule, circumstances),
        template,
    )


def _severity(column: Column, rule: Rule, circumstances: Circumstances) -> Severity:
    severity = rule.severity or column.severity
    if column.required and rule.subject == "value":
        severity = "error"
    if severity == "error" and circumstances.lenient and not column.required:
        return "warning"
    return severity


@dataclass(frozen=True)
class Contract:
    """The rules of a format as pandera schemas.

    `rows` is one check over the whole row, which finds the lines at fault in one pass. `cells` has
    a check for each clause, which finds the faults themselves; because pandera's time grows with
    the number of checks, it is only applied to the lines at fault. `by_column` are the clauses of
    the checks of `cells`, in their order.
    """

    rows: pa.DataFrameSchema
    cells: pa.DataFrameSchema
    by_column: dict[str, tuple[Clause, ...]]


def contract(
    file_format: Format, circumstances: Circumstances, present: frozenset[str]
) -> Contract:
    """The contract of a normalised table with the column `line` and the text columns `present`."""
    by_column: dict[str, tuple[Clause, ...]] = {}
    checks: dict[str, list[pa.Check]] = {}
    whole: list[pl.Expr] = []
    for clause in clauses(file_format, circumstances):
        test = clause.rule.test(circumstances)
        if clause.column in present and test is not None:
            by_column[clause.column] = (*by_column.get(clause.column, ()), clause)
            checks.setdefault(clause.column, []).append(
                pa.Check(_of_cell(test), name=clause.rule.code)
            )
            whole.append(test(pl.col(clause.column)))
    cells = {name: pa.Column(pl.String, column, nullable=True) for name, column in checks.items()}
    rows = {"line": pa.Column(None, pa.Check(_of_row(whole), name="every clause"))}
    return Contract(
        pa.DataFrameSchema(rows, name=file_format.name),
        pa.DataFrameSchema(cells, name=file_format.name),
        by_column,
    )


def _of_cell(test: Test) -> Callable[[PolarsData], pl.LazyFrame]:
    return lambda data: data.lazyframe.select(test(pl.col(data.key or "*")))


def _of_row(tests: list[pl.Expr]) -> Callable[[PolarsData], pl.LazyFrame]:
    return lambda data: data.lazyframe.select(pl.all_horizontal(tests))
