"""PT Direct's client import in the web portal: the format, as data.

Source of every rule: the service's page "Importing clients from a csv file" and, where it is
silent, docs/formats/ptdirect.md, which is generated from this file.
"""

from schemas import code_rules, kinds
from schemas.formats import Column, Fact, Format, IdentifierMatch, ResultLayout
from schemas.kinds import Kind
from schemas.rules import Rule, matches, one_of
from schemas.value_tests import not_a_national_number, real_phone, within_hundred_years

INTERNAL_ID = Kind(
    "neutral id",
    "{cell}",
    "a neutral key of your own; never a social security or NHS number",
    "C-1001",
    (
        code_rules.NO_PLACEHOLDER,
        code_rules.NOT_SCIENTIFIC,
        Rule(
            "internal_id_not_neutral",
            "{label}: looks like a US social security number or a UK NHS number; "
            "use a neutral, self-generated key",
            not_a_national_number,
        ),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
BIRTH_YEAR = Kind(
    "birth year",
    "{cell}",
    "a year from this year back to 100 years ago",
    "1977",
    (
        Rule("invalid_birth_year", "{label}: {value} is not a whole number", matches(r"\d{1,9}")),
        Rule(
            "birth_year_out_of_range",
            "{label}: {value} is not between 100 years ago and this year",
            within_hundred_years,
        ),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)
M_OR_F = Kind(
    "m or f",
    "upper({cell})",
    "m or f (any case)",
    "m",
    (Rule("invalid_gender", "{label}: {value} is not m or f", one_of(("M", "F"))),),
)
EMAIL = Kind(
    "email",
    kinds.EMAIL_ADDRESS.sql,
    "an e-mail address; stored only if its syntax is valid",
    "john@example.com",
    (
        Rule(
            "email_not_stored",
            "{label}: {value} is not an e-mail address and was not stored",
            matches(kinds.EMAIL),
        ),
    ),
)
MOBILE = Kind(
    "international mobile",
    "read_international_phone({cell})",
    "00, country code and number, digits only",
    "0012125551212",
    (
        code_rules.NO_PLACEHOLDER,
        code_rules.NOT_ROUNDED,
        Rule(
            "mobile_not_stored",
            "{label}: {value} is not an international number and was not stored "
            "(write 00, country code, number, digits only)",
            real_phone,
        ),
        code_rules.WHOLE_NUMBER,
    ),
    is_code=True,
)

COLUMNS = (
    Column(
        "internal_id",
        "Internal_id",
        INTERNAL_ID,
        required=True,
        severity="error",
        messages={
            "placeholder_id": '{label}: {value} stands for "no value"; give a key of your own'
        },
    ),
    Column("first_name", "First name", kinds.PERSON_NAME, required=True, sample="John"),
    Column("last_name", "Last name", kinds.PERSON_NAME, required=True, sample="Doe"),
    Column("birth_year", "Year of birth", BIRTH_YEAR, required=True),
    Column("gender", "Gender", M_OR_F, required=True),
    Column("email", "Email", EMAIL),
    Column("mobile_phone", "Mobile number", MOBILE),
    Column("diagnosis", "Diagnosis code", kinds.TEXT, sample="abc-123"),
    Column(
        "client_group",
        "Client group",
        kinds.TEXT,
        note="matched without regard to case; created when new",
        sample="Acme Inc",
    ),
)

FACTS = (
    Fact("internal_id", "identifier", "value", "'internal'"),
    Fact("first_name", "first_name"),
    Fact("last_name", "last_name"),
    Fact("birth_year", "birth_year"),
    Fact("gender", "gender"),
    Fact("email", "contact", "value", "'email/main'"),
    Fact("mobile_phone", "contact", "value", "'phone/mobile'"),
    Fact("diagnosis", "condition", "code", "diagnosis"),
    Fact("client_group", "client_group", "name", "lower(client_group)", vocabulary=True),
)

FORMAT = Format(
    name="ptdirect",
    title="PT Direct client import (portal)",
    columns=COLUMNS,
    facts=FACTS,
    match=(IdentifierMatch("internal_id", "internal"),),
    has_header=False,
    space_before_quotes=True,
    max_rows=1_000,
    result=ResultLayout(
        before=(
            ("Line", "line"),
            ("Internal_id", "slot:internal_id"),
            ("Outcome", "outcome"),
            ("Messages", "messages"),
        ),
        after=(),
        words={
            "created": "created",
            "updated": "updated",
            "unchanged": "unchanged",
            "errored": "errored",
        },
        echo=False,
        failed_has_ours=False,
    ),
    long_row_message="the row has {found} fields; at most {expected} are allowed",
)

__all__ = ["FORMAT"]
