"""What values look like: enough to suggest what a column is. Whether a value is good, a check says.

Keys are names of kinds (`schemas/kinds.py` and those of the formats).
"""

import re
from collections.abc import Sequence

_DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{4}"
    r"|[A-Za-z]{3,9} \d{1,2},? \d{4}|(?:19|20)\d{6}"
)
_GENDER = r"(?i)m|f|o|u|x|male|female|other|unknown|man|woman"
_PHONE = r"\+?[\d(][\d ().\-/]{5,20}\d(?: ?(?:x|ext\.?) ?\d+)?"
_EMAIL = r"[^\s@;,]+@[^\s@;,]+\.[^\s@;,.]{2,}"
_ICD10 = r"[a-z]\d[0-9a-z](?:\.?[0-9a-z]{1,4})?"
_SHAPES = {
    "date": rf"(?:{_DATE})(?:[ T]00:00(?::00)?)?",
    "birth date": rf"(?:{_DATE})(?:[ T]00:00(?::00)?)?",
    "date of birth": rf"(?:{_DATE})(?:[ T]00:00(?::00)?)?",
    "birth year": r"(?:19|20)\d\d(?:\.0)?",
    "gender": _GENDER,
    "m or f": r"(?i)m|f",
    "phone": _PHONE,
    "international mobile": r"(?:\+|00)[\d ().\-]{7,20}",
    "email": _EMAIL,
    "zip": r"\d{5}(?:-?\d{4})?",
    "state": r"[A-Z]{2}",
    "medicare id": r"(?i)[1-9][a-z][a-z0-9]\d-?[a-z][a-z0-9]\d-?[a-z]{2}\d{2}",
    "social security number": r"\d{3}-\d{2}-\d{4}",
    "icd-10 codes": rf"(?i){_ICD10}(?:[;,| ]+{_ICD10})*",
}
_COMPILED = {name: re.compile(shape) for name, shape in _SHAPES.items()}


def has_shape(kind: str) -> bool:
    """Whether values of this kind can be told from others by their looks."""
    return kind in _COMPILED


def share_in_shape(kind: str, values: Sequence[str]) -> float:
    """How many of the values that are not blank look like this kind, from 0 to 1."""
    given = [value.strip() for value in values if value.strip()]
    if not given or not has_shape(kind):
        return 0.0
    return sum(bool(_COMPILED[kind].fullmatch(value)) for value in given) / len(given)
