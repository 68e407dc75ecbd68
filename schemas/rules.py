"""Rules that a normalised value must satisfy, checked by pandera.

A rule looks at one text column of the normalised table: the value, the cell as given, or the
rejected elements of a list. The SQL normalises the cells that it understands and leaves all others
unchanged, so a rule that checks the canonical shape finds exactly the values that were not
understood. NULL means "nothing given" and passes every rule; the empty string means "needed and
blank".

Declarations load without polars, because loading it takes longer than most commands run. A rule
contains a test function that gets polars expressions from its caller.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Severity = Literal["error", "warning", "info"]
Subject = Literal["value", "given", "rejected"]
Test = Callable[["pl.Expr"], "pl.Expr"]


@dataclass(frozen=True)
class Circumstances:
    """What a rule knows besides the value: the file's date of receipt and lists of the account.

    `received_on` is the calendar date of receipt in the account's zone, so that the same file gets
    the same result next year.
    """

    received_on: date
    risk_levels: tuple[str, ...] = ()
    cohort_ids: frozenset[str] = field(default_factory=frozenset)
    facility_ids: frozenset[str] = field(default_factory=frozenset)
    lenient: bool = False


@dataclass(frozen=True)
class Rule:
    """One property of a value.

    `test` maps the circumstances to a polars predicate that holds for good values; None when the
    circumstances switch the rule off. `severity` None means the column's own severity; a required
    value that breaks a rule fails its row in any case. `message` may use {label}, {value},
    {allowed} and {suffix}.
    """

    code: str
    message: str
    test: Callable[[Circumstances], Test | None]
    subject: Subject = "value"
    severity: Severity | None = None
    allowed: Callable[[Circumstances], tuple[str, ...]] | None = None


def always(test: Test) -> Callable[[Circumstances], Test]:
    """A test that does not depend on the circumstances."""
    return lambda _: test


def matches(pattern: str) -> Callable[[Circumstances], Test]:
    """The whole value matches `pattern` (Rust regex), or is blank, which another rule checks."""
    return always(lambda value: (value == "") | value.str.contains(f"^(?:{pattern})$"))


def lacks(pattern: str) -> Callable[[Circumstances], Test]:
    """No part of the value matches `pattern`."""
    return always(lambda value: ~value.str.contains(pattern))


def one_of(values: tuple[str, ...]) -> Callable[[Circumstances], Test]:
    """The value is one of `values`, or is blank, which another rule checks."""
    return always(lambda value: (value == "") | value.is_in(list(values)))


def nothing(value: "pl.Expr") -> "pl.Expr":
    """False for every value: any text in a `rejected` column is an issue."""
    return value.is_null()


def _as_date(value: "pl.Expr") -> "pl.Expr":
    """The date of canonical text YYYY-MM-DD; NULL for other text and for impossible dates."""
    # The parser would also accept 1961-5-27, which is not canonical.
    canonical = value.str.extract(r"^(\d{4}-\d\d-\d\d)$")
    return canonical.str.to_date("%Y-%m-%d", strict=False)


def is_date(value: "pl.Expr") -> "pl.Expr":
    """The value is an existing day as YYYY-MM-DD, or is blank, which another rule checks."""
    return (value == "") | _as_date(value).is_not_null()


def not_after_receipt(circumstances: Circumstances) -> Test:
    """The date is not after the day of receipt; text that is no date passes."""
    return lambda value: (_as_date(value) <= circumstances.received_on).fill_null(value=True)


def not_before_1900(_: Circumstances) -> Test:
    """The date is in 1900 or later; text that is no date passes."""
    return lambda value: (_as_date(value) >= date(1900, 1, 1)).fill_null(value=True)


MISSING = Rule("missing_value", "{label}: is required", always(lambda value: value != ""))
