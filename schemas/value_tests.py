"""Tests of values that need more than a pattern: numbering plans, check digits, lists.

Functions import polars and the lists when they run (schemas/rules.py says why).
"""

from typing import TYPE_CHECKING

from schemas.code_lists import languages
from schemas.rules import Circumstances, Test

if TYPE_CHECKING:
    import polars as pl


def real_phone(_: Circumstances) -> Test:
    """NANP numbers by their shape, other E.164 numbers by the numbering plans of libphonenumber."""
    import polars as pl  # noqa: PLC0415

    def is_real(numbers: pl.Series) -> pl.Series:
        distinct = numbers.unique().drop_nulls()
        verdicts = [_is_international(number) for number in distinct]
        return numbers.replace_strict(distinct, verdicts, default=None, return_dtype=pl.Boolean)

    north_american = r"^\+1[2-9]\d{2}[2-9]\d{6}$"
    return lambda value: (
        value.str.contains(north_american)
        | (
            value.str.extract(r"^(\+[2-9]\d{6,14})$")
            .map_batches(is_real, return_dtype=pl.Boolean)
            .fill_null(value.is_null())
        )
    )


def _is_international(number: str) -> bool:
    """Whether the number is possible and in E.164, without a trunk zero after the country code."""
    import phonenumbers  # noqa: PLC0415 - as polars

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return phonenumbers.is_valid_number(parsed) and written == number


def not_a_national_number(_: Circumstances) -> Test:
    """False for US social security numbers (by area, group, serial) and UK NHS numbers (mod 11)."""

    def is_neutral(value: "pl.Expr") -> "pl.Expr":
        digits = value.str.replace_all(r"[ -]", "")
        area, group, serial = digits.str.slice(0, 3), digits.str.slice(3, 2), digits.str.slice(5)
        ssn = (
            value.str.contains(r"^(?:\d{9}|\d{3}-\d{2}-\d{4})$")
            & ~area.is_in(["000", "666"])
            & ~area.str.starts_with("9")
            & (group != "00")
            & (serial != "0000")
        )
        return ~(ssn | (value.str.contains(r"^\d{3}[ -]?\d{3}[ -]?\d{4}$") & _nhs_check(digits)))

    return is_neutral


def _nhs_check(digits: "pl.Expr") -> "pl.Expr":
    """Modulus 11 of the NHS number (NHS Data Dictionary): weights 10 to 2, check digit last."""
    import polars as pl  # noqa: PLC0415 - as above

    as_number = [digits.str.slice(i, 1).cast(pl.Int32, strict=False) for i in range(10)]
    weighted = pl.sum_horizontal((10 - place) * as_number[place] for place in range(9))
    return ((11 - weighted % 11) % 11) == as_number[9]


def within_hundred_years(circumstances: Circumstances) -> Test:
    """The year is at most 100 years before the year of receipt, and not after it."""
    latest = circumstances.received_on.year
    years = [str(year) for year in range(latest - 100, latest + 1)]
    return lambda value: (value == "") | value.is_in(years)


def known_risk_level(circumstances: Circumstances) -> Test | None:
    """The value is one of the account's levels; an account without levels accepts any text."""
    if not circumstances.risk_levels:
        return None
    return lambda value: value.is_in(list(circumstances.risk_levels))


def known_language(_: Circumstances) -> Test:
    """The value is the ISO 639-1 code of a language, or blank, which another rule checks."""
    codes = sorted(set(languages().values()))
    return lambda value: (value == "") | value.is_in(codes)


def known_cohort(circumstances: Circumstances) -> Test:
    """The value is the id of a cohort of the account."""
    return lambda value: value.is_in(list(circumstances.cohort_ids))


def known_facility(circumstances: Circumstances) -> Test:
    """The value is the id of a facility of the account."""
    return lambda value: value.is_in(list(circumstances.facility_ids))
