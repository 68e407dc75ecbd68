"""Scores of pairs by Splink on Spark, with the model, the comparisons and the results of DuckDB.

The conditions of identity/comparisons.py are SQL of DuckDB; `spark_condition` says them in Spark
SQL. Two functions of texts are defined so that they give DuckDB's results (sql/define_*.sql).

Nothing here is imported unless a sweep runs on Spark: pyspark is an extra.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from identity.statements import statement

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_OPTIMIZER = "org.apache.spark.sql.catalyst.optimizer"
_PUSH_DOWN = f"{_OPTIMIZER}.PushDownPredicates,{_OPTIMIZER}.InferFiltersFromConstraints"
_DAMERAU_LEVENSHTEIN = "uk.gov.moj.dash.linkage.LevDamerauDistance"
"""A class in the jar that comes with Splink."""


def spark_condition(sql: str) -> str:
    """A condition in the SQL of DuckDB, said in Spark SQL."""
    said: str = sqlglot.parse_one(sql, read="duckdb").transform(_as_spark).sql("spark")
    return said


def _as_spark(node: exp.Expression) -> exp.Expression:
    """What sqlglot leaves as Spark does not know it."""
    if isinstance(node, exp.ArrayOverlaps):
        return _call("arrays_overlap", node.this, node.expression)
    if isinstance(node, exp.Bracket):  # of which Spark makes an error if there is no such element
        return _call("get", node.this, *node.expressions)
    return node


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def predict_on_spark(
    spark: "SparkSession", settings: Mapping[str, object], threshold: float
) -> "DataFrame":
    """Splink's predictions for the pairs of view `candidate_pair` over the patients of `compared`.

    `settings` are those of `splink_settings` with `spark_condition`. The session needs Splink's
    jar and a checkpoint folder; it must be in ANSI mode, where the size of a missing list is
    missing.
    """
    from pyspark.sql.types import DoubleType  # noqa: PLC0415 - an extra
    from splink import Linker, SparkAPI  # noqa: PLC0415 - takes a second

    spark.udf.registerJavaFunction("splink_damerau_levenshtein", _DAMERAU_LEVENSHTEIN, DoubleType())
    for name in ("define_damerau_levenshtein", "define_jaro_winkler"):
        spark.sql(statement(name))
    # The threshold is on the sum of all comparisons: pushed down, it would have each of them worked
    # out once more for each time that it is named. And all of them are too long for one method.
    spark.conf.set("spark.sql.optimizer.excludedRules", _PUSH_DOWN)
    spark.conf.set("spark.sql.codegen.wholeStage", "false")
    database = SparkAPI(  # type: ignore[no-untyped-call]
        spark_session=spark, register_udfs_automatically=False
    )
    patients = spark.table("compared")
    linker = Linker(
        database.register(patients.drop("tf_first_name", "tf_last_name")),
        dict(settings),
        validate_settings=False,  # ours are constant
        log_level=None,
    )
    for name in ("first_name", "last_name"):
        # On DuckDB Splink takes the columns `tf_…` of the patients; on Spark it wants a table.
        frequencies = patients.select(name, f"tf_{name}").dropna().distinct()
        linker.table_management.register_term_frequency_lookup(database.register(frequencies), name)
    linker.table_management.register_blocked_pairs_for_predict(
        database.register(spark.table("candidate_pair"))
    )
    predictions = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
    return spark.table(predictions.physical_name)
