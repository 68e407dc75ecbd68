"""Rules of ids, phones and other numbers whose digits are a name, alike in all formats."""

from schemas import no_value
from schemas.rules import Rule, lacks

NOT_SCIENTIFIC = Rule(
    "id_in_scientific_notation",
    "{label}: {value} is an id that a spreadsheet has rounded; format the column as text and "
    "export it again",
    lacks(r"^-?\d{1,3}(?:[.,]\d+)?[eE]\+\d{2,3}$|^-?\d[.,]\d+[eE]\d{1,2}$"),
    severity="error",
)
"""Excel writes 1.23E+11 (1,23E+11 in Europe), Java 1.23E11; 1E4589 nothing writes: it is an id."""

NOT_ROUNDED = Rule(
    NOT_SCIENTIFIC.code,
    "{label}: {value} is a number that a spreadsheet has rounded; format the column as text and "
    "export it again",
    lacks(r"^[-+]?\d+(?:[.,]\d+)?[eE][-+]?\d+$"),
)
"""For numbers that have no letters, so that any exponent is a spreadsheet's."""

NO_PLACEHOLDER = Rule(
    "placeholder_id",
    '{label}: {value} stands for "no value" and was left out',
    lacks(no_value.PATTERN),
    severity="warning",
)
WHOLE_NUMBER = Rule(
    "whole_number_with_point",
    "{label}: {value} was read as a whole number; format the column as text",
    lacks(r"^\d+(?:\.0+|,0)$"),
    subject="given",
    severity="warning",
)
