"""Matching columns and blocking keys of patients, as one DuckDB table.

Table in: `person`, a row per patient with `PERSON_COLUMNS`. Table out: `features` with
`FEATURE_COLUMNS` and `KEY_COLUMNS`. Names are folded and divided into words, addresses have one
spelling for each word, placeholders (identity/placeholders.py) count as missing.

The phonetic code and the nicknames of a name come from libraries and are worked out once for each
distinct name, not for each row.
"""

import duckdb

from identity import placeholders, words
from identity.keys import KEY_COLUMNS, key_expressions
from identity.names import make_sounds
from identity.statements import statement

__all__ = ["FEATURES_VERSION", "FEATURE_COLUMNS", "KEY_COLUMNS", "PERSON_COLUMNS", "make_features"]

FEATURES_VERSION = f"1/{duckdb.__version__}"
"""Changes if a stored copy of features has to be made again; DuckDB's hashes may change too."""

PERSON_COLUMNS = {
    "patient_id": "UUID",
    "first_name": "VARCHAR",
    "last_name": "VARCHAR",
    "birth_date": "DATE",
    "birth_year": "SMALLINT",
    "gender": "VARCHAR",
    "addresses": (
        "STRUCT(line1 VARCHAR, line2 VARCHAR, city VARCHAR, state VARCHAR, postal_code VARCHAR)[]"
    ),
    "phones": "VARCHAR[]",
    "emails": "VARCHAR[]",
    "identifiers": "STRUCT(item VARCHAR, value VARCHAR)[]",
    "policies": "VARCHAR[]",
}
"""Columns of table `person` and their types; phones are E.164, identifiers have the items of
`schemas.canonical.IDENTIFIER`."""

FEATURE_COLUMNS = (
    "patient_id", "first_name", "first_full", "first_forms", "first_sound", "middle",
    "last_name", "last_parts", "last_sound", "suffix",
    "birth_date", "birth_text", "birth_year", "gender",
    "street_lines", "address_tokens", "cities", "states", "zips",
    "ehr_ids", "mbi_ids", "ssns", "other_identifiers", "policies",
)  # fmt: skip
"""What the comparisons read, besides the keys of phones and e-mails."""


def make_features(
    connection: duckdb.DuckDBPyConnection, person: str = "person", features: str = "features"
) -> None:
    """Create table `features` from table or view `person`."""
    for macro in ("define_name_words", "define_address_words", "define_identifier_values"):
        connection.execute(statement(macro))
    parameters = {
        "suffix_words": list(words.SUFFIXES),
        "suffixes": list(words.SUFFIXES.values()),
        "degrees": list(words.DEGREES),
        "titles": list(words.TITLES),
        "no_first_name": placeholders.FIRST_NAME_PATTERN,
        "no_last_name": placeholders.LAST_NAME_PATTERN,
    }
    connection.execute(statement("parse_people").format(person=person), parameters)
    make_sounds(connection)
    parameters = {
        "address_words": list(words.ADDRESS_WORDS),
        "address_spellings": list(words.ADDRESS_WORDS.values()),
        "no_birth_dates": list(placeholders.BIRTH_DATES),
        "no_ssn": placeholders.SSN_PATTERN,
        "no_phone": placeholders.PHONE_PATTERN,
        "no_email": placeholders.EMAIL_PATTERN,
        "no_address": placeholders.ADDRESS_PATTERN,
        "no_zip": placeholders.ZIP_PATTERN,
    }
    query = statement("make_features").format(features=features, keys=key_expressions())
    connection.execute(query, parameters)
    for table in ("parsed_person", "first_sound", "last_sound"):
        connection.execute(f"DROP TABLE {table}")
