"""Which comes first in a column's dates, day or month.

Month first is the formats' rule. Where a column has dates that only make sense with the day first
and none that only make sense with the month first, its other dates cannot be trusted either: those
that could be both are refused (`date_order_unclear`).
"""

from schemas.rules import Rule, lacks

_MONTH = "(0?[1-9]|1[0-2])"
_DAY = "(1[3-9]|2[0-9]|3[01])"
_YEAR = (
    "[1-9][0-9]{3}(?: +(?:00?:00(?::00(?:\\.0+)?)?|12:00(?::00)? *[Aa][Mm]))?"  # a time of midnight
)
DAY_FIRST = f"^{_DAY}[-/]{_MONTH}[-/]{_YEAR}$"
MONTH_FIRST = f"^{_MONTH}[-/]{_DAY}[-/]{_YEAR}$"
EITHER_FIRST = f"^{_MONTH}[-/]{_MONTH}[-/]{_YEAR}$"

CODE = "date_order_unclear"


def order_is_clear(message: str, pattern: str = EITHER_FIRST) -> Rule:
    """A date that could have either first was read, unless its column's order is in doubt."""
    return Rule(CODE, message, lacks(pattern))
