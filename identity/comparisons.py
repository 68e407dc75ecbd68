"""What is compared, and in which grades of likeness: the structure of the model, without numbers.

A comparison is a list of levels, tried from the top; a pair gets the first that holds, and the
last one holds for all that are left. `missing` says when there is nothing to compare; then the
comparison says nothing, for or against. The weights of the levels are in the model file
(identity/model.py).

In SQL `name_l` and `name_r` are the columns of the two patients (identity/features.py). It is SQL
of DuckDB, in words that sqlglot can say in Spark SQL too (identity/spark.py): `length` of a text,
`array_length` of a list, `left` and `substr` rather than slices.
"""

from dataclasses import dataclass

ELSE = "ELSE"
"""The condition of a last level."""


@dataclass(frozen=True)
class Level:
    """A grade of likeness; `words` are what a reviewer reads."""

    name: str
    words: str
    sql: str = ELSE
    rarity: str | None = None
    """A column of names: a level of equal names says more the rarer the name is."""


@dataclass(frozen=True)
class Comparison:
    """One line of a pair's evidence."""

    name: str
    title: str
    missing: str
    levels: tuple[Level, ...]


def _near(column: str, keystrokes: int) -> str:
    """Whether texts are as many keystrokes apart: a letter added, left out, changed or swapped."""
    return f"damerau_levenshtein({column}_l, {column}_r) <= {keystrokes}"


def _alike(column: str, similarity: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {similarity}"


def _either(condition: str) -> str:
    """The condition, or the same with the patients changed over; `{0}` and `{1}` are the sides."""
    return f"({condition.format('l', 'r')} OR {condition.format('r', 'l')})"


def _none(column: str) -> str:
    return f"coalesce(array_length({column}_l), 0) = 0 OR coalesce(array_length({column}_r), 0) = 0"


def _common(column: str) -> str:
    return f"list_has_any({column}_l, {column}_r)"


def _month(side: str) -> str:
    return f"substr(birth_text_{side}, 5, 2)"


def _day(side: str) -> str:
    return f"substr(birth_text_{side}, 7, 2)"


_CROSSED = "jaro_winkler_similarity(first_full_{0}, last_name_{1}) >= 0.88"
_SWAPPED = f"({_CROSSED.format('l', 'r')} AND {_CROSSED.format('r', 'l')})"
_HALF_SWAPPED = _either(_CROSSED)
_SHARED_WORDS = "array_length(array_intersect(address_tokens_l, address_tokens_r))"
_FEWER_WORDS = "least(array_length(address_tokens_l), array_length(address_tokens_r))"
_NEAR_STREET = (
    f"({_SHARED_WORDS} >= 2 AND {_SHARED_WORDS} * 3 >= {_FEWER_WORDS} * 2"
    f" OR damerau_levenshtein(street_lines_l[1], street_lines_r[1]) <= 2)"
)
_NEAR_ZIP = f"({_common('zips')} OR damerau_levenshtein(zips_l[1], zips_r[1]) <= 1)"
_NEAR_CITY = f"({_common('cities')} OR damerau_levenshtein(cities_l[1], cities_r[1]) <= 2)"
_SAME_HOME = f"({_common('street_lines')} AND {_common('zips')})"

FIRST_NAME = Comparison(
    "first_name",
    "first name",
    "first_name_l IS NULL OR first_name_r IS NULL",
    (
        Level(
            "same",
            "the same",
            "first_name_l = first_name_r OR first_full_l = first_full_r",
            rarity="first_name",
        ),
        Level("swapped", "swapped with the last name", _SWAPPED),
        Level("nickname", "another form of the same name", _common("first_forms")),
        Level(
            "initial",
            "an initial that fits",
            "(length(first_name_l) = 1 OR length(first_name_r) = 1)"
            " AND left(first_name_l, 1) = left(first_name_r, 1)",
        ),
        Level("middle", "the other's middle name", _either("first_name_{0} = middle_{1}")),
        Level("keystroke", "one keystroke apart", _near("first_name", 1)),
        Level("alike", "similar", _alike("first_name", 0.88)),
        Level("sound", "sounds alike", "first_sound_l = first_sound_r"),
        Level("somewhat", "somewhat similar", _alike("first_name", 0.75)),
        Level("half_swapped", "one's first name is the other's last name", _HALF_SWAPPED),
        Level("other", "differs"),
    ),
)
LAST_NAME = Comparison(
    "last_name",
    "last name",
    # Where both names are swapped, the first name's line says so, and once is enough.
    f"last_name_l IS NULL OR last_name_r IS NULL OR {_SWAPPED}",
    (
        Level("same", "the same", "last_name_l = last_name_r", rarity="last_name"),
        Level("part", "a part of a double name in common", _common("last_parts")),
        Level("keystroke", "one keystroke apart", _near("last_name", 1)),
        Level("alike", "similar", _alike("last_name", 0.9)),
        Level("sound", "sounds alike", "last_sound_l = last_sound_r"),
        Level("somewhat", "somewhat similar", _alike("last_name", 0.75)),
        Level("woman", "differs, of a woman", "gender_l = 'F' AND gender_r = 'F'"),
        Level("other", "differs"),
    ),
)
MIDDLE_NAME = Comparison(
    "middle_name",
    "middle name",
    "middle_l IS NULL OR middle_r IS NULL",
    (
        Level("same", "the same", "middle_l = middle_r"),
        Level(
            "initial",
            "an initial that fits",
            "(length(middle_l) = 1 OR length(middle_r) = 1)"
            " AND left(middle_l, 1) = left(middle_r, 1)",
        ),
        Level("alike", "similar", _alike("middle", 0.88)),
        Level("other", "differs"),
    ),
)
SUFFIX = Comparison(
    "suffix",
    "Jr. or Sr.",
    "suffix_l IS NULL OR suffix_r IS NULL",
    (Level("same", "the same", "suffix_l = suffix_r"), Level("other", "differs")),
)
BIRTH = Comparison(
    "birth",
    "birth date",
    "birth_year_l IS NULL OR birth_year_r IS NULL",
    (
        Level("same", "the same", "birth_text_l = birth_text_r"),
        Level(
            "year",
            "the same year, the day is not known",
            "(birth_text_l IS NULL OR birth_text_r IS NULL) AND birth_year_l = birth_year_r",
        ),
        Level(
            "next_year",
            "a year apart, the day is not known",
            "(birth_text_l IS NULL OR birth_text_r IS NULL)"
            " AND abs(birth_year_l - birth_year_r) = 1",
        ),
        Level(
            "other_year",
            "another year, the day is not known",
            "birth_text_l IS NULL OR birth_text_r IS NULL",
        ),
        Level(
            "swapped",
            "day and month swapped",
            f"birth_year_l = birth_year_r AND {_month('l')} = {_day('r')}"
            f" AND {_day('l')} = {_month('r')}",
        ),
        Level("keystroke", "one keystroke apart", _near("birth_text", 1)),
        Level(
            "two_parts",
            "two of day, month and year are the same",
            "(birth_year_l = birth_year_r)::TINYINT"
            f" + ({_month('l')} = {_month('r')})::TINYINT"
            f" + ({_day('l')} = {_day('r')})::TINYINT = 2",
        ),
        Level("keystrokes", "two keystrokes apart", _near("birth_text", 2)),
        Level("other", "differs"),
    ),
)
GENDER = Comparison(
    "gender",
    "gender",
    "gender_l IS NULL OR gender_r IS NULL",
    (Level("same", "the same", "gender_l = gender_r"), Level("other", "differs")),
)
STREET = Comparison(
    "street",
    "street address",
    _none("address_tokens"),
    (
        Level("same", "the same", _common("street_lines")),
        Level("near", "nearly the same", _NEAR_STREET),
        Level("word", "a word in common", f"{_SHARED_WORDS} >= 2"),
        Level("other", "differs"),
    ),
)
TOWN = Comparison(
    "town",
    "town and zip code",
    f"({_none('zips')}) AND ({_none('cities')})",
    (
        Level("same", "the same zip code and town", f"{_common('zips')} AND {_common('cities')}"),
        Level("zip", "the same zip code", _common("zips")),
        Level("city", "the same town, nearly the same zip code", f"{_NEAR_ZIP} AND {_NEAR_CITY}"),
        Level("near", "nearly the same town or zip code", f"{_NEAR_ZIP} OR {_NEAR_CITY}"),
        Level("state", "the same state", _common("states")),
        Level("other", "differs"),
    ),
)
PHONE = Comparison(
    "phone",
    "phone",
    _none("key_phone"),
    (
        Level("home", "the same, as is the address", f"{_common('key_phone')} AND {_SAME_HOME}"),
        Level("same", "one in common", _common("key_phone")),
        Level("other", "differs"),
    ),
)
EMAIL = Comparison(
    "email",
    "e-mail",
    _none("key_email"),
    (
        Level("home", "the same, as is the address", f"{_common('key_email')} AND {_SAME_HOME}"),
        Level("same", "one in common", _common("key_email")),
        Level("other", "differs"),
    ),
)


def _typed_number(column: str) -> tuple[Level, ...]:
    """Levels of a number that people type."""
    return (
        Level("same", "the same", _common(column)),
        Level("keystroke", "one keystroke apart", _near_first(column, 1)),
        Level("keystrokes", "two keystrokes apart", _near_first(column, 2)),
        Level("other", "differs"),
    )


def _near_first(column: str, keystrokes: int) -> str:
    return f"damerau_levenshtein({column}_l[1], {column}_r[1]) <= {keystrokes}"


SSN = Comparison(
    "ssn",
    "social security number",
    _none("ssns"),
    (
        Level(
            "last4",
            "the same last four digits, no more is known",
            "least(length(ssns_l[1]), length(ssns_r[1])) = 4"
            " AND right(ssns_l[1], 4) = right(ssns_r[1], 4)",
        ),
        *_typed_number("ssns"),
    ),
)
MBI = Comparison("mbi", "Medicare ID", _none("mbi_ids"), _typed_number("mbi_ids"))
EHR = Comparison(
    "ehr",
    "EHR ID",
    _none("ehr_ids"),
    (Level("same", "the same", _common("ehr_ids")), Level("other", "differs")),
)
IDENTIFIER = Comparison(
    "identifier",
    "other identifiers",
    _none("other_identifiers"),
    (
        Level("same", "one in common", _common("other_identifiers")),
        Level("other", "none in common"),
    ),
)
POLICY = Comparison(
    "policy",
    "insurance policy",
    _none("policies"),
    (Level("same", "the same number", _common("policies")), Level("other", "differs")),
)

COMPARISONS = (
    FIRST_NAME, LAST_NAME, MIDDLE_NAME, SUFFIX, BIRTH, GENDER, STREET, TOWN, PHONE, EMAIL,
    SSN, MBI, EHR, IDENTIFIER, POLICY,
)  # fmt: skip
"""All comparisons, in the order in which a reviewer reads them."""
