"""Kinds of value: how a cell is read (a SQL macro) and which rules the value must satisfy.

The macros are in `rosters/sql/macros.sql`. `{cell}` is the cell as macro `given` takes it, NULL if
it is blank. A macro returns the canonical text of a cell that it understands, and any other cell
unchanged; the rules then find the unchanged ones. Example: `read_state('new york')` is `NY`,
`read_state('Narnia')` is `Narnia`, which the rule `invalid_state` finds.
"""

from dataclasses import dataclass, field

from schemas import code_rules
from schemas.code_lists import POSTAL_CODES
from schemas.date_order import order_is_clear
from schemas.rules import (
    Rule,
    always,
    is_date,
    lacks,
    matches,
    not_after_receipt,
    not_before_1900,
    nothing,
    one_of,
)
from schemas.value_tests import known_language, known_risk_level, real_phone


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    `sql` reads `{cell}`. `rejected` (list kinds only) returns the elements that `sql` did not
    understand. `describe` and `example` are shown in templates, docs and error messages.
    `taken_by` names the macro that takes the cell before anything reads it. `is_code` marks ids and
    other numbers whose digits are a name: `12345.0` is 12345 there.
    """

    name: str
    sql: str
    describe: str
    example: str
    rules: tuple[Rule, ...] = field(default=())
    rejected: str | None = None
    taken_by: str = "given"
    is_code: bool = False

    @property
    def is_list(self) -> bool:
        """Whether a cell holds several values."""
        return self.rejected is not None


EMAIL = (
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\.[a-z][a-z0-9-]*[a-z0-9]"
)
_GENDER = "(?i)^(?:m|male|f|female|o|other|u|unknown)$"
MBI_LETTER = "[AC-HJKMNP-RT-Y]"
MBI_ANY = "[0-9AC-HJKMNP-RT-Y]"

_DATE_RULES = (
    Rule(
        "two_digit_year",
        "{label}: {value} has a year of two digits (use YYYY-MM-DD)",
        lacks(r"^\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2}$"),
    ),
    order_is_clear(
        "{label}: {value} may have the day or the month first, and other dates of this column have "
        "the day first (use YYYY-MM-DD)"
    ),
    Rule(
        "not_a_date",
        "{label}: {value} is not a date (use YYYY-MM-DD)",
        always(is_date),
    ),
    Rule(
        "date_before_1900",
        "{label}: {value} is before 1900",
        not_before_1900,
    ),
)
_FUTURE = Rule(
    "date_in_future",
    "{label}: {value} is in the future",
    not_after_receipt,
)
_SERIAL = Rule(
    "excel_serial_date",
    "{label}: {value} was read as a spreadsheet's day number",
    lacks(r"^\d{4,5}(?:\.0+)?$"),
    subject="given",
    severity="warning",
)

TEXT = Kind("text", "one_line({cell})", "text", "Acme Health")
EXACT_ID = Kind(
    "identifier",
    "{cell}",
    "an identifier; leading zeros and case are kept",
    "00123-A",
    (code_rules.NO_PLACEHOLDER, code_rules.NOT_SCIENTIFIC, code_rules.WHOLE_NUMBER),
    is_code=True,
)
PERSON_NAME = Kind("name", "one_line({cell})", "a name", "Maria")
LONG_TEXT = Kind(
    "long text", "{cell}", "free text, line breaks are kept", "Prefers mornings",
    taken_by="given_text",
)  # fmt: skip
DATE = Kind(
    "date",
    "read_date({cell})",
    "a date: YYYY-MM-DD, YYYYMMDD, M/D/YYYY, M-D-YYYY, 27 May 1961, May 27, 1961 or a "
    "spreadsheet's day number; a time of midnight is ignored",
    "1961-05-27",
    (*_DATE_RULES, _SERIAL),
)
BIRTH_DATE = Kind(
    "birth date", DATE.sql, f"{DATE.describe}, not in the future", "1961-05-27",
    (*_DATE_RULES, _FUTURE, _SERIAL),
)  # fmt: skip
GENDER = Kind(
    "gender",
    "read_gender_words({cell})",
    "m, male, f, female, o, other, u or unknown (any case); words such as non-binary or unreported",
    "female",
    (
        Rule(
            "invalid_gender",
            "{label}: {value} is not a gender (use m, f, o or u)",
            one_of(("M", "F", "O", "U")),
        ),
        Rule(
            "gender_reworded",
            "{label}: {value} was stored as other or unknown",
            always(lambda cell: cell.str.contains(_GENDER)),
            subject="given",
            severity="warning",
        ),
    ),
)
PHONE = Kind(
    "phone",
    "read_phone({cell})",
    "a US or international phone number",
    "212-555-0123",
    (
        code_rules.NO_PLACEHOLDER,
        code_rules.NOT_ROUNDED,
        Rule(
            "invalid_phone", "{label}: {value} is not a phone number and was left out", real_phone
        ),
        Rule(
            "first_phone_taken",
            "{label}: {value} holds several numbers; the first was taken",
            lacks(
                r"(?s)^(?:[^0-9/;|,\n]*[0-9]){10,15}[^0-9/;|,\n]*[/;|,\n].*[0-9]{3}.*[0-9]{4}.*$"
            ),
            subject="given",
            severity="warning",
        ),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
EMAIL_ADDRESS = Kind(
    "email",
    "lower({cell})",
    "an e-mail address",
    "maria@example.org",
    (
        Rule(
            "invalid_email",
            "{label}: {value} is not an e-mail address and was left out",
            matches(EMAIL),
        ),
    ),
)
STATE = Kind(
    "state",
    "read_state({cell})",
    "a US state, territory or armed forces' code (AA, AE, AP), or its full name",
    "NY",
    (
        Rule(
            "invalid_state",
            "{label}: {value} is not a US state and was left out",
            one_of(POSTAL_CODES),
        ),
    ),
)
_ZIP_PADDED = Rule(
    "zip_padded",
    "{label}: {value} lost its leading zeros (a spreadsheet's doing); they were put back",
    lacks(r"^\d{3,4}(?:[- ]\d*|\.0+|,0)?$"),
    subject="given",
    severity="warning",
)
ZIP = Kind(
    "zip",
    "read_zip({cell})",
    "a US zip code, 5 or 5+4 digits",
    "10001",
    (
        code_rules.NOT_ROUNDED,
        code_rules.NO_PLACEHOLDER,
        Rule(
            "invalid_zip",
            "{label}: {value} is not a zip code and was left out",
            matches(r"\d{5}(?:-\d{4})?"),
        ),
        _ZIP_PADDED,
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
MEDICARE_ID = Kind(
    "medicare id",
    "read_medicare_id({cell})",
    "an 11-character Medicare Beneficiary Identifier (CMS), dashes allowed",
    "1EG4-TE5-MK73",
    (
        code_rules.NO_PLACEHOLDER,
        Rule(
            "invalid_medicare_id",
            "{label}: {value} is not a Medicare id and was left out",
            matches(
                rf"[1-9]{MBI_LETTER}{MBI_ANY}\d{MBI_LETTER}{MBI_ANY}\d{MBI_LETTER}{{2}}\d{{2}}"
            ),
        ),
    ),
    is_code=True,
)
ICD10 = Kind(
    "icd-10 codes",
    "read_icd10({cell})",
    "one or several ICD-10 codes, split on ; , | or space",
    "E11.9; I10",
    (
        Rule(
            "invalid_icd10",
            "{label}: {value} is not an ICD-10 code and was left out",
            always(nothing),
            subject="rejected",
        ),
    ),
    rejected="rejected_icd10({cell})",
)
LIST = Kind(
    "list", "read_list({cell})", "several values, split on ; or |", "Fall risk; Lives alone",
    rejected="NULL",
)  # fmt: skip
NUMBER = Kind(
    "number",
    "read_number({cell})",
    "a number",
    "2.5",
    (
        Rule(
            "invalid_number",
            "{label}: {value} is not a number and was left out",
            matches(r"-?\d{1,12}(?:\.\d{1,6})?"),
        ),
    ),
)
RISK_LEVEL = Kind(
    "risk level",
    "read_risk_level({cell})",
    "one of the account's risk levels; any text where the account has none",
    "High",
    (
        Rule(
            "unknown_risk_level",
            "{label}: {value} is not a risk level of this account and was left out; "
            "the nearest is {allowed}",
            known_risk_level,
            allowed=lambda circumstances: circumstances.risk_levels,
        ),
    ),
)
LANGUAGE = Kind(
    "language",
    "read_language({cell})",
    "a language's name or ISO 639 code, also with a region (en-US, English (US))",
    "Spanish",
    (
        Rule(
            "unknown_language",
            "{label}: {value} is not a known language and was left out",
            known_language,
        ),
    ),
)
