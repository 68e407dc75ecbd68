"""What no score beats.

A veto removes a pair: it is two people, however much they have in common. A caution keeps it for
a person to look at: it is never linked automatically, whatever its weight.

Both are SQL over the features of the two patients (`_l`, `_r`) and the levels that the pair
reached: `{first_name.other}` stands for "the first name is at level `other`".
"""

import re
from collections.abc import Mapping

from identity.comparisons import COMPARISONS

GENERATION_YEARS = 15
"""People of one name and home who are this far apart in age are parent and child."""

_SHARED_NUMBER = "({ssn.same} OR {mbi.same} OR {ehr.same})"
_SAME_FAMILY = (
    "({last_name.same} OR {last_name.part} OR {last_name.keystroke} OR {last_name.alike})"
)
_SAME_HOME = "({street.same} OR {street.near} OR {phone.home} OR {phone.same})"
_OTHER_BIRTH = "({birth.other} OR {birth.other_year} OR {birth.keystrokes})"
_OTHER_FIRST_NAME = (
    "({first_name.other} OR {first_name.somewhat} OR {first_name.half_swapped}"
    " OR {first_name.swapped} OR {first_name.initial})"
)
_NAMELESS = "(first_name_l IS NULL OR first_name_r IS NULL)"
_COMPLETE = "gender_l IS NOT NULL AND gender_r IS NOT NULL"
"""A record without a sex is poorly known; who it is about is for a person to say."""

VETOES: Mapping[str, str] = {
    "mbi": "{mbi.other}",
    "ssn": "{ssn.other} AND len(ssns_l[1]) = 9 AND len(ssns_r[1]) = 9",
    "ehr": "{ehr.other}",
    "suffix": "{suffix.other}",
    "twins": f"{_COMPLETE} AND {{birth.same}} AND {_SAME_FAMILY} AND {_SAME_HOME}"
    f" AND {{first_name.other}} AND NOT {_SHARED_NUMBER}",
    "household": f"{_OTHER_BIRTH} AND ({{first_name.other}} OR {_NAMELESS} AND {_COMPLETE})"
    f" AND NOT {_SHARED_NUMBER}",
    "generations": f"{_COMPLETE} AND {_OTHER_BIRTH}"
    f" AND abs(birth_year_l - birth_year_r) >= {GENERATION_YEARS} AND NOT {_SHARED_NUMBER}",
}
"""Vetoes by name; a pair counts for the first that holds."""

CAUTIONS: Mapping[str, str] = {
    "no_first_name": _NAMELESS,
    "twins": f"{_SAME_FAMILY} AND ({_SAME_HOME} OR {{policy.same}}) AND NOT {{first_name.same}}"
    f" AND NOT {_SHARED_NUMBER}",
    "first_name": f"{_OTHER_FIRST_NAME} AND NOT {_SHARED_NUMBER}",
    "birth": f"({_OTHER_BIRTH} OR {{birth.two_parts}}) AND NOT {_SHARED_NUMBER}",
    "names": "{first_name.other}"
    f" AND ({{last_name.other}} OR {{last_name.woman}} OR {_OTHER_BIRTH})",
}
"""Cautions by name; a pair shows the first that holds."""


def first_that_holds(rules: Mapping[str, str]) -> str:
    """CASE with the name of the first rule that holds, or NULL."""
    cases = "\n        ".join(
        f"WHEN {_with_levels(sql)} THEN '{name}'" for name, sql in rules.items()
    )
    return f"CASE\n        {cases}\n    END"


def level_number(comparison: str, level: str) -> int:
    """The number that Splink gives a level: the last one has 0, and missing values -1."""
    names = [each.name for own in COMPARISONS if own.name == comparison for each in own.levels]
    return len(names) - 1 - names.index(level)


def _with_levels(sql: str) -> str:
    return re.sub(
        r"\{(\w+)\.(\w+)\}",
        lambda found: f"gamma_{found[1]} = {level_number(found[1], found[2])}",
        sql,
    )
