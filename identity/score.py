"""Scores of pairs of patients who have a blocking key in common, by Splink on DuckDB.

Tables in: two tables of features (identity/features.py), the patients in question and those who
may be the same. Table out: `scored_pair(patient_id, other_patient_id, weight, probability,
evidence)`, each pair once, the smaller id first. A pair's score depends on its two patients, the
model, `name_frequency` and `shared_contact`, and on nothing else: not on the order of rows, nor on
the number of threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from identity.comparisons import COMPARISONS, Comparison
from identity.frequencies import count_names, find_shared_contacts, gather_compared
from identity.keys import keys_query
from identity.model import Model
from identity.settings import splink_settings
from identity.statements import statement
from identity.vetoes import CAUTIONS, VETOES, first_that_holds

MOST_PER_KEY = 500
"""A key that more patients have is too common to compare all of them."""


@dataclass(frozen=True)
class ScoreSummary:
    """Counts for the caller's metadata."""

    compared: int
    """Pairs with a key in common."""
    scored: int
    """Pairs in `scored_pair`."""
    vetoed: Mapping[str, int]
    """Pairs above the threshold that a veto removed, by veto."""
    common_keys: Mapping[str, int]
    """Keys that were too common, by rule."""


def score_pairs(
    connection: duckdb.DuckDBPyConnection,
    left: str,
    right: str,
    model: Model,
    threshold: float,
    *,
    patients: int | None = None,
) -> ScoreSummary:
    """Write `scored_pair` with all pairs of `left` with `right` of at least this match weight.

    `patients` is the size of the whole registry; without it `right` is taken for the registry.
    The frequencies of names are those of table `name_frequency` if there is one
    (`identity.frequencies.count_names`), otherwise those of the model.
    """
    common_keys = _pair(connection, left, right)
    size = patients or _count(connection, right)
    asked = " UNION ".join(
        f"SELECT patient_id, key_phone, key_email FROM {features}" for features in (left, right)
    )
    find_shared_contacts(connection, f"({asked})", right)
    scored = score_candidates(connection, left, right, model, threshold, patients=size)
    return replace(scored, common_keys=common_keys)


def score_candidates(
    connection: duckdb.DuckDBPyConnection,
    left: str,
    right: str,
    model: Model,
    threshold: float,
    *,
    patients: int,
) -> ScoreSummary:
    """Write `scored_pair` with the pairs of `candidate_pair` of at least this match weight.

    For callers who find the pairs by themselves, for example against stored keys: `candidate_pair`
    has `join_key_l` and `join_key_r`, the ids of two patients of whom the smaller one is first, and
    `match_key`, which is `'0'`. They find the shared contacts of these patients before
    (`identity.frequencies.find_shared_contacts`), because only they know the whole registry.
    """
    if not _has_table(connection, "name_frequency"):
        count_names(connection, model)
    compared = _count(connection, "candidate_pair")
    gather_compared(connection, left, right)
    vetoed = _predict(connection, splink_settings(model, patients), threshold)
    return ScoreSummary(compared, _count(connection, "scored_pair"), vetoed, {})


def keep_scored(connection: duckdb.DuckDBPyConnection, predictions: str) -> dict[str, int]:
    """Write `scored_pair` from a table of Splink's predictions: evidence, cautions, vetoes.

    Returns:
        How many pairs a veto removed, by veto.
    """
    connection.execute(
        statement("keep_scored").format(
            predictions=predictions,
            evidence_sql=_evidence(),
            caution_sql=first_that_holds(CAUTIONS),
            veto_sql=first_that_holds(VETOES),
        )
    )
    vetoed = connection.execute(statement("count_vetoed")).fetchall()
    connection.execute("DELETE FROM scored_pair WHERE veto IS NOT NULL")
    connection.execute("ALTER TABLE scored_pair DROP COLUMN veto")
    return dict(vetoed)


def _pair(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> dict[str, int]:
    for side, features in (("left", left), ("right", right)):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {side}_key AS {keys_query(features)}")
    connection.execute(statement("find_common_keys"), {"most": MOST_PER_KEY})
    connection.execute(statement("drop_common_keys"))
    connection.execute(statement("pair_by_keys"))
    query = "SELECT rule, count(*) FROM common_key GROUP BY rule ORDER BY rule"
    return dict(connection.execute(query).fetchall())


def _predict(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, object], threshold: float
) -> dict[str, int]:
    """Score the pairs of `candidate_pair` over the patients of `compared`."""
    from splink import DuckDBAPI, Linker  # noqa: PLC0415 - takes a second

    database = DuckDBAPI(connection)
    linker = Linker(
        database.register("compared"),
        settings,
        validate_settings=False,  # ours are constant, and its check takes a second
        log_level=None,
    )
    linker.table_management.register_blocked_pairs_for_predict(database.register("candidate_pair"))
    predictions = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
    vetoed = keep_scored(connection, predictions.physical_name)
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return vetoed


def _evidence() -> str:
    """SQL of the evidence: a list of the comparisons that say something, in their order."""
    lines = ",\n        ".join(_line(comparison) for comparison in COMPARISONS)
    return f"list_filter([\n        {lines}\n    ], LAMBDA line: line IS NOT NULL)"


def _line(comparison: Comparison) -> str:
    last = len(comparison.levels) - 1
    words = " ".join(
        f"WHEN {last - place} THEN '{level.name}|{level.words.replace(chr(39), chr(39) * 2)}'"
        for place, level in enumerate(comparison.levels)
    )
    gamma = f"gamma_{comparison.name}"
    weight = f"mw_{comparison.name}"
    if any(level.rarity for level in comparison.levels):
        column = next(level.rarity for level in comparison.levels if level.rarity)
        weight += f" + mw_tf_adj_{column}"
    level = f"split_part(CASE {gamma} {words} END, '|', 1)"
    text = f"split_part(CASE {gamma} {words} END, '|', 2)"
    return (
        f"CASE WHEN {gamma} >= 0 THEN {{'field': '{comparison.name}', 'title':"
        f" '{comparison.title}', 'level': {level}, 'words': {text},"
        f" 'weight': round({weight}, 2)}} END"
    )


def _has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE table_name = $name"
    return connection.execute(query, {"name": name}).fetchall() != []


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(count,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)
