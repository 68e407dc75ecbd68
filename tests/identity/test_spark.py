"""Conditions of the comparisons, said in Spark SQL; tests/assets/duplicate_clusters runs them."""

import pytest
import sqlglot

from identity.comparisons import COMPARISONS, ELSE
from identity.model import load_model
from identity.settings import splink_settings
from identity.spark import spark_condition

CONDITIONS = sorted(
    {level.sql for each in COMPARISONS for level in each.levels} - {ELSE}
    | {each.missing for each in COMPARISONS}
)
UNKNOWN_TO_SPARK = ("&&", "[", "::", "LIST_", "LEN(", "ARRAY_HAS", "ARRAY_LENGTH")


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("list_has_any(zips_l, zips_r)", "arrays_overlap(zips_l, zips_r)"),
        ("zips_l[1] = zips_r[2]", "get(zips_l, 0) = get(zips_r, 1)"),
        ("damerau_levenshtein(a_l[1], a_r) <= 1", "damerau_levenshtein(get(a_l, 0), a_r) <= 1"),
        ("array_length(array_intersect(a_l, a_r)) > 1", "size(array_intersect(a_l, a_r)) > 1"),
        ("substr(a_l, 5, 2) = left(a_r, 2)", "substring(a_l, 5, 2) = left(a_r, 2)"),
        ("(a_l = a_r)::TINYINT = 1", "cast((a_l = a_r) as tinyint) = 1"),
    ],
)
def test_what_the_two_say_differently_is_translated(duckdb, spark):
    assert spark_condition(duckdb).lower() == spark


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_is_one_that_spark_can_read(condition):
    said = spark_condition(condition)
    assert not [word for word in UNKNOWN_TO_SPARK if word in said.upper()]
    assert sqlglot.parse_one(said, read="spark")


def test_settings_for_spark_have_the_weights_of_those_for_duckdb():
    def weights(settings):
        return [
            [(level.get("m_probability"), level.get("u_probability")) for level in levels]
            for levels in (each["comparison_levels"] for each in settings["comparisons"])
        ]

    on_duckdb = splink_settings(load_model(), 1000)
    on_spark = splink_settings(load_model(), 1000, spark_condition)
    assert weights(on_spark) == weights(on_duckdb)
    assert on_spark["comparisons"][-1]["comparison_levels"][-1]["sql_condition"] == ELSE
