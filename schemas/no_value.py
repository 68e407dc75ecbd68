"""Words that say "no value" where an identifier is expected (N/A, NULL, 0, 999999999).

Exports write them where there is nothing. Two patients who both have `N/A` have nothing in common,
so none of these is an identifier, a policy's number or a phone. The list is this module; capitals
and brackets around a word make no difference.
"""

import re

WORDS = (
    "n/a", "n\\a", "n.a.", "n.a", "na", "#n/a", "null", "#null!", "none", "nil", "nan", "nat",
    r"\N", "undefined", "undef", "void", "empty", "blank", "missing", "unknown", "unkn", "unk",
    "not known", "not available", "not applicable", "not assigned", "not provided", "not given",
    "none given", "none provided", "unavailable", "unassigned", "no value", "no id", "no mrn",
    "no ssn", "no phone", "no number", "tbd", "tba", "to be determined", "to be assigned",
    "pending", "#ref!", "#value!", "#name?", "#div/0!", "#num!",
)  # fmt: skip
SIGNS = "-.?*_/#~+ "
"""A cell of these signs alone names nobody."""

LEAST_NINES = 3
"""From here on a number of nines is taken for "no value"; 9 and 99 are numbers of short lists."""

_WORD = "|".join(re.escape(word) for word in WORDS)
_SIGN = "".join(re.escape(sign) for sign in SIGNS)
_COUNTRY = r"(?:\+1?)?[-. (]*"
PATTERN = (
    rf"(?i)^(?:[(<\[{{]?(?:{_WORD})[)>\]}}]?|[{_SIGN}]+|{_COUNTRY}0[-. ()0]*"
    rf"|{_COUNTRY}9(?:[-. ()]*9){{{LEAST_NINES - 1},}})$"
)
"""The regular expression of all of them, as Python, Rust (polars) and RE2 (DuckDB) read it."""


def says_no_value(text: str) -> bool:
    """Whether a cell, without white space around, says that there is nothing to say."""
    return re.search(PATTERN, text) is not None
