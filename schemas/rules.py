"""Rules: what a normalised value must satisfy, declared once, judged by pandera.

A rule looks at one text column of the normalised table: the value itself, the cell as given, or
what a list column rejected. SQL normalises what it recognises and leaves the rest as it came, so
a rule that checks the canonical shape finds exactly the values that were not understood.
NULL means "nothing given" and passes every rule; the empty string means "needed and blank".

Declarations load without polars, which takes longer than most commands run: a rule holds its test,
and who runs it has polars at hand.
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
    """What a rule may know beside the value: the file's date and the account's own lists.

    `received_on` is the calendar date of receipt in the account's zone, so that judging the same
    file next year gives the same answer.
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
    """The whole value has the shape of `pattern` (Rust regex); blank is another rule's matter."""
    return always(lambda value: (value == "") | value.str.contains(f"^(?:{pattern})$"))


def lacks(pattern: str) -> Callable[[Circumstances], Test]:
    """No part of the value matches `pattern`."""
    return always(lambda value: ~value.str.contains(pattern))


def one_of(values: tuple[str, ...]) -> Callable[[Circumstances], Test]:
    """The value is one of `values`; blank is another rule's matter."""
    return always(lambda value: (value == "") | value.is_in(list(values)))


def nothing(value: "pl.Expr") -> "pl.Expr":
    """Holds for no value at all: any text in a `rejected` column is a finding."""
    return value.is_null()


def _as_date(value: "pl.Expr") -> "pl.Expr":
    """The date that canonical text YYYY-MM-DD names; NULL for other text and impossible dates."""
    # The parser alone would also take 1961-5-27, which no macro has made canonical.
    canonical = value.str.extract(r"^(\d{4}-\d\d-\d\d)$")
    return canonical.str.to_date("%Y-%m-%d", strict=False)


def is_date(value: "pl.Expr") -> "pl.Expr":
    """Canonical text of a day that exists; blank is another rule's matter."""
    return (value == "") | _as_date(value).is_not_null()


def not_after_receipt(circumstances: Circumstances) -> Test:
    """A date not after the day of receipt; what is no date is another rule's matter."""
    return lambda value: (_as_date(value) <= circumstances.received_on).fill_null(value=True)


def not_before_1900(_: Circumstances) -> Test:
    """A date of 1900 or later; what is no date is another rule's matter."""
    return lambda value: (_as_date(value) >= date(1900, 1, 1)).fill_null(value=True)


MISSING = Rule("missing_value", "{label}: is required", always(lambda value: value != ""))
