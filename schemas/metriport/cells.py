"""Kinds of value that only Metriport's format has, with its own messages."""

from schemas import code_rules, kinds
from schemas.code_lists import STATE_CODES
from schemas.date_order import order_is_clear
from schemas.kinds import Kind
from schemas.rules import (
    Rule,
    always,
    is_date,
    lacks,
    matches,
    not_after_receipt,
    not_before_1900,
    one_of,
)
from schemas.value_tests import known_cohort, known_facility

ID = Kind(
    kinds.EXACT_ID.name,
    r"regexp_replace({cell}, '[\r\n\t]+', ' ', 'g')",
    kinds.EXACT_ID.describe,
    kinds.EXACT_ID.example,
    kinds.EXACT_ID.rules,
    is_code=True,
)
_SSN_DIGITS = 9

NAME = Kind(
    "name",
    "read_cased_name({cell})",
    "a name, or several separated by comma or space",
    "Mary",
)
DOB = Kind(
    "date of birth",
    "read_metriport_dob({cell})",
    "YYYY-MM-DD, YYYY/MM/DD, YYYY.MM.DD, an ISO date-time, MM/DD/YYYY or Mon D, YYYY; "
    "1900 to today",
    "1951-05-05",
    (
        order_is_clear(
            "Missing/invalid dob: {value} may have the day or the month first, and other dates of "
            "the file have the day first",
            r"^(?:0[1-9]|1[0-2])/(?:0[1-9]|1[0-2])/[1-9]\d{3}$",
        ),
        Rule("not_a_date", "Missing/invalid dob", always(is_date)),
        Rule("date_before_1900", "Missing/invalid dob", not_before_1900),
        Rule(
            "date_in_future",
            "Missing/invalid dob: can't be in the future",
            not_after_receipt,
        ),
    ),
)
GENDER = Kind(
    "gender",
    "read_metriport_gender({cell})",
    "m, male, f, female, o, other, un, u, unknown or unk (any case)",
    "F",
    (Rule("invalid_gender", "Missing/invalid gender", one_of(("M", "F", "O", "U"))),),
)
LINE1 = Kind("street", "read_line1({cell}, {partner})", "street and number", "123 Main Street")
LINE2 = Kind("address details", "read_line2({cell}, {partner})", "apartment, suite …", "Apt 4")
CITY = Kind("city", "title_case(one_line({cell}))", "a city", "San Francisco")
STATE = Kind(
    "state",
    kinds.STATE.sql,
    "a US state or territory, code or full name",
    "CA",
    (Rule("invalid_state", "Invalid state{suffix}", one_of(STATE_CODES)),),
)
PLACEHOLDER_ZIP = r"^(?:00000|99999|12345|54321|[A-Z0-9]0000)$"
ZIP = Kind(
    "zip",
    "read_metriport_zip({cell})",
    "a US zip code; 3 or 4 digits are padded",
    "94105",
    (
        code_rules.NOT_ROUNDED,
        Rule(
            "placeholder_zip",
            "Invalid zip{suffix}: a placeholder, not a zip code",
            lacks(PLACEHOLDER_ZIP),
        ),
        Rule("invalid_zip", "Invalid zip{suffix}", matches(r"\d{5}")),
        Rule(
            "zip_padded",
            "zip{suffix} lost its leading zeros; they were put back",
            lacks(r"^\d{3,4}(?:-\d*|\.0+|,0)?$"),
            subject="given",
            severity="warning",
        ),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
PHONE = Kind(
    "phone",
    "read_ten_digit_phone({cell})",
    "a US phone number of 10 digits",
    "2125550123",
    (
        code_rules.NO_PLACEHOLDER,
        code_rules.NOT_ROUNDED,
        Rule("invalid_phone", "Invalid phone{suffix}", matches(r"\+1\d{10}")),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
EMAIL = Kind(
    "email",
    "read_mailto({cell})",
    "one e-mail address",
    "mary@example.com",
    (
        Rule(
            "invalid_email",
            "Invalid email{suffix}",
            always(
                lambda value: (
                    value.str.contains(f"^(?:{kinds.EMAIL})$") & ~value.str.starts_with("+1")
                )
            ),
        ),
    ),
)
SSN = Kind(
    "social security number",
    "read_ssn({cell})",
    "9 digits; fewer are padded",
    "123456789",
    (
        code_rules.NO_PLACEHOLDER,
        code_rules.NOT_ROUNDED,
        Rule("invalid_ssn", "Invalid SSN", matches(r"\d{9}")),
        Rule(
            "ssn_padded",
            "ssn lost its leading zeros; they were put back",
            always(
                lambda cell: cell.str.replace_all(r"[.,]0+$|\D", "").str.len_chars() == _SSN_DIGITS
            ),
            subject="given",
            severity="warning",
        ),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
LICENSE_NUMBER = Kind(
    "driver's licence number", "upper(one_line({cell}))", "number; needs the state", "D1234567"
)
LICENSE_STATE = Kind(
    "driver's licence state",
    kinds.STATE.sql,
    "state; needs the number",
    "CA",
    (
        Rule(
            "license_incomplete",
            "Invalid drivers license (missing state)",
            one_of(STATE_CODES),
        ),
    ),
)
COHORT = Kind(
    "cohort",
    "lower({cell})",
    "the id (UUID) of a cohort of the account",
    "",
    (Rule("invalid_cohort", "Invalid cohort ID {value}", known_cohort),),
)
FACILITY = Kind(
    "facility",
    "lower({cell})",
    "the id (UUID) of a facility of the account; blank is the request's default",
    "",
    (Rule("invalid_facility", "Invalid facility ID {value}", known_facility),),
)
OPT_OUT = Kind(
    "opt-out",
    "lower({cell})",
    "true or false (any case); blank is false",
    "false",
    (Rule("invalid_opt_out", "Invalid hieOptOut (use true or false)", one_of(("true", "false"))),),
)
