"""Blocking rules: two patients are compared if they have a key of one rule in common.

A rule gives a patient a list of keys, because a patient with three phones can be found by each of
them. The rule's name is hashed with the value, so that keys of all rules can stand in one table.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A blocking rule as SQL over matching columns.

    Each element of `values` is a key, hashed together with `also`; if one of `also` is missing, the
    patient has no key of this rule.
    """

    values: str
    also: tuple[str, ...] = ()


_SOUNDS = ("least(first_sound, last_sound)", "greatest(first_sound, last_sound)")
_STARTS = (
    "least(left(first_full, 3), left(last_name, 3))",
    "greatest(left(first_full, 3), left(last_name, 3))",
)
"""Both names in either order, by their sounds and by their first letters."""

RULES: Mapping[str, Rule] = {
    "birth_first": Rule("list_distinct(list_append(first_forms, first_sound))", ("birth_date",)),
    "birth_last": Rule("last_sounds", ("birth_date",)),
    "birth_start": Rule("[left(first_full, 3), left(last_name, 3)]", ("birth_date",)),
    "birth_zip": Rule("zips", ("birth_date",)),
    "birth_city": Rule("cities", ("birth_date",)),
    "names_year": Rule("[birth_year]", _SOUNDS),
    "names_day": Rule("[substr(birth_text, 5)]", _SOUNDS),
    "names_zip": Rule("zips", _STARTS),
    "names_city": Rule("cities", _STARTS),
    "names_house": Rule("[nullif(regexp_extract(street_lines[1], '^[0-9]+'), '')]", _STARTS),
    "first_zip": Rule("zips", ("first_sound", "substr(birth_text, 5, 2)")),
    "last_zip": Rule("zips", ("last_sound", "left(first_name, 1)")),
    "address_first": Rule("street_lines", ("left(first_name, 1)",)),
    "address_last": Rule("street_lines", ("last_sound",)),
    "address_year": Rule("street_lines", ("birth_year",)),
    "phone": Rule("phones"),
    "email": Rule("emails"),
    "ehr": Rule("ehr_ids"),
    "mbi": Rule("mbi_ids"),
    "ssn": Rule("ssns"),
    "ssn_start": Rule(
        "list_transform(ssns, LAMBDA ssn: left(ssn, len(ssn) // 2 + 1))", ("left(last_name, 1)",)
    ),
    "ssn_end": Rule("list_transform(ssns, LAMBDA ssn: right(ssn, 4))", ("left(last_name, 1)",)),
    "identifier": Rule("other_identifiers"),
    "policy": Rule("policies", ("first_sound",)),
}

KEY_COLUMNS = tuple(f"key_{rule}" for rule in RULES)
"""The columns of keys, each UBIGINT[]; without a value the list is empty."""


def key_expressions() -> str:
    """The SQL of all key columns, for the SELECT of the matching columns."""
    return ",\n    ".join(f"{_keys(name, rule)} AS key_{name}" for name, rule in RULES.items())


def _keys(name: str, rule: Rule) -> str:
    hashed = ", ".join((f"'{name}'", "value", *rule.also))
    missing = " OR ".join(f"{part} IS NULL" for part in rule.also) or "FALSE"
    values = f"list_filter({rule.values}, LAMBDA value: value IS NOT NULL)"
    keys = f"list_transform({values}, LAMBDA value: hash({hashed}))"
    return f"CASE WHEN {missing} THEN [] ELSE coalesce({keys}, []) END"


def keys_query(features: str) -> str:
    """SELECT of (patient_id, rule, key), a row for each key of a table of features."""
    return "\nUNION ALL\n".join(
        f"SELECT patient_id, '{column.removeprefix('key_')}' AS rule, unnest({column}) AS key"
        f" FROM {features}"
        for column in KEY_COLUMNS
    )
