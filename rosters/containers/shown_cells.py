"""The cells of a workbook as text: what a person sees in them, at full length.

A date is written as ISO 8601 has it, which all formats read; a number with all its digits and never
with an exponent; and with the zeros that its number format puts before it.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal

CellValue = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta

_DIGITS = 15
"""What a spreadsheet keeps of a number; 0.1 + 0.2 has more digits, which nobody sees."""

_MIN_ZEROS = 2
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|([0#?])|([-() /])|(.)')
_NOT_SHOWN = re.compile(r"\[[^\]]*\]")


def row_as_text(row: list[CellValue]) -> list[str]:
    """The cells of a row as text; a blank one is the empty string."""
    return [_TEXT[type(value)](value) for value in row]


def zero_pattern(number_format: str) -> str | None:
    r"""The shape of a number format that puts zeros before a number, with 0 and # for digits.

    `00000` and `000\-00\-0000` have one (`00000`, `000-00-0000`); `0`, `#,##0.00` and the formats
    of dates have none.
    """
    shape = ""
    for token in _TOKEN.finditer(_NOT_SHOWN.sub("", number_format).split(";")[0]):
        quoted, escaped, digit, mark, other = token.groups()
        if other:
            return None
        literal = quoted or escaped or mark or ""
        if any(each in "0#" for each in literal):
            return None  # a digit that stands for itself
        shape += ("0" if digit == "0" else "#") if digit else literal
    return shape if shape.count("0") >= _MIN_ZEROS else None


def with_zeros(value: CellValue, shape: str) -> CellValue:
    """The number as its format shows it; what is no whole number stays as it is.

    `1234` and `00000` → `01234`, `12345678` and `000-00-0000` → `012-34-5678`.
    """
    if not isinstance(value, float | int) or value < 0 or value != int(value):
        return value
    digits, text = list(str(int(value))), ""
    places = shape.count("0") + shape.count("#")
    for mark in reversed(shape):
        if mark not in "0#":
            text = mark + text
            continue
        places -= 1
        rest = "".join(digits) if places == 0 else digits.pop() if digits else ""
        text = (rest or ("0" if mark == "0" else "")) + text
    return text


def _text(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value


def _number(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    text = f"{value:.{_DIGITS}g}"
    return format(Decimal(text), "f") if "e" in text else text


def _moment(value: dt.datetime) -> str:
    return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")


def _duration(value: dt.timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


_TEXT: dict[type, Callable[..., str]] = {
    str: _text,
    float: _number,
    int: str,
    bool: lambda value: str(value).upper(),
    dt.date: dt.date.isoformat,
    dt.datetime: _moment,
    dt.time: lambda value: value.isoformat("seconds"),
    dt.timedelta: _duration,
}
