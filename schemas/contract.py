"""The pandera contract of a format's normalised table, made from its declarations."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from schemas.formats import Column, Format
from schemas.rules import MISSING, Circumstances, Rule, Severity


@dataclass(frozen=True)
class Clause:
    """One rule applied to one column of the normalised table.

    `column` is the table's column (`birth_date`, `birth_date__given`, …), `slot` the format's.
    """

    column: str
    slot: str
    label: str
    rule: Rule
    severity: Severity
    template: str
    """The message with everything filled in but {value} and {allowed}."""


SUBJECT_SUFFIX = {"value": "", "given": "__given", "rejected": "__rejected"}


def clauses(file_format: Format, circumstances: Circumstances) -> tuple[Clause, ...]:
    """Every rule of the format, in the order in which messages name them."""
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
    severity = rule.severity or ("error" if column.required else column.severity)
    if severity == "error" and circumstances.lenient and not column.required:
        return "warning"
    return severity


@dataclass(frozen=True)
class Contract:
    """A pandera schema and, for each of its columns, the clauses behind its checks in order."""

    schema: pa.DataFrameSchema
    by_column: dict[str, tuple[Clause, ...]]


def contract(
    file_format: Format, circumstances: Circumstances, present: frozenset[str]
) -> Contract:
    """The contract of a normalised table that has the columns `present`, all of them text."""
    by_column: dict[str, tuple[Clause, ...]] = {}
    checks: dict[str, list[pa.Check]] = {}
    for clause in clauses(file_format, circumstances):
        check = _check(clause.rule, circumstances)
        if clause.column in present and check is not None:
            by_column[clause.column] = (*by_column.get(clause.column, ()), clause)
            checks.setdefault(clause.column, []).append(check)
    schema = pa.DataFrameSchema(
        {name: pa.Column(pl.String, column, nullable=True) for name, column in checks.items()},
        name=file_format.name,
    )
    return Contract(schema, by_column)


def _check(rule: Rule, circumstances: Circumstances) -> pa.Check | None:
    """The pandera check of a rule, or None when the circumstances switch it off."""
    test = rule.test(circumstances)
    if test is None:
        return None

    def judge(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(test(pl.col(data.key or "*")))

    return pa.Check(judge, name=rule.code)
