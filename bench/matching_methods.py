"""Ways to find the pairs of one person, each over the tables of `bench.matching_data`.

Each leaves `found(patient_id, other_patient_id, weight)`: the pairs that it compared, with the
weight by which it ranks them. `candidates` says how many pairs it looked at, `threshold` from
where on it links.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from identity.frequencies import count_names
from identity.model import Model
from identity.score import ScoreSummary, score_pairs

_SQL = Path(__file__).parent / "sql"
LOWEST = -30.0
"""Ours keeps pairs from this weight on, so that curves can be drawn."""

GUIDE_LEAST = 4
"""recordlinkage's guide links pairs that agree in more than three of six fields."""


@dataclass(frozen=True)
class Automatic:
    """What ours would link without a person, in a registry whose relatives are known."""

    threshold: float
    right: int
    wrong: int
    relatives: Mapping[str, int]
    """Wrong pairs by relation, of those that would be linked."""
    reviewed_relatives: Mapping[str, int]
    """Wrong pairs by relation, of those that a person would look at."""


@dataclass(frozen=True)
class Found:
    """How a method ended."""

    candidates: int
    blocked: int
    """Pairs of one person among the candidates."""
    threshold: float


def exact_rules(connection: duckdb.DuckDBPyConnection) -> Found:
    """The rules of the match stage: names, birth date and gender, or an identifier."""
    _run(connection, "exact_rules")
    return Found(count(connection, "found"), _same_among(connection, "found"), 1.0)


def guide(connection: duckdb.DuckDBPyConnection) -> Found:
    """The method of recordlinkage's own guide to deduplication, with its fields and limits."""
    import recordlinkage  # noqa: PLC0415 - of the extra `bench`

    frame = connection.execute("FROM plain").df().set_index("patient_id")
    index = recordlinkage.Index()
    index.block("given_name")
    pairs = index.index(frame)
    compare = recordlinkage.Compare()
    compare.exact("given_name", "given_name")
    compare.string("surname", "surname", method="jarowinkler", threshold=0.85)
    compare.exact("date_of_birth", "date_of_birth")
    compare.exact("suburb", "suburb")
    compare.exact("state", "state")
    compare.string("address_1", "address_1", threshold=0.85)
    agreeing = compare.compute(pairs, frame).sum(axis=1)
    agreeing.index.names = ["one", "other"]
    connection.register("agreeing", agreeing.reset_index(name="weight"))
    _run(connection, "keep_guided")
    connection.unregister("agreeing")
    return Found(count(connection, "found"), _same_among(connection, "found"), GUIDE_LEAST)


def hand_tuned(connection: duckdb.DuckDBPyConnection) -> Found:
    """Splink with loose blocking, trained on the set itself, cut where F1 is best on it."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415
    from splink import comparison_library as cl  # noqa: PLC0415
    from splink.internals.blocking_rule_creator import BlockingRuleCreator  # noqa: PLC0415

    loose: list[BlockingRuleCreator | dict[str, Any]] = [
        block_on(*columns)
        for columns in (
            ("soc_sec_id",), ("date_of_birth",), ("surname",), ("given_name",), ("address_1",),
            ("postcode", "substr(surname, 1, 1)"), ("suburb", "state"),
        )
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="patient_id",
        blocking_rules_to_generate_predictions=loose,
        comparisons=[
            cl.ForenameSurnameComparison("given_name", "surname"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.JaroWinklerAtThresholds("address_1", [0.95, 0.88]),
            cl.DamerauLevenshteinAtThresholds("postcode", [1]),
            cl.DamerauLevenshteinAtThresholds("suburb", [2]),
            cl.ExactMatch("state"),
        ],
    )
    database = DuckDBAPI(connection)
    linker = Linker(database.register("plain"), settings, log_level=None)
    certain: list[str | BlockingRuleCreator] = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
    ]
    training = linker.training
    training.estimate_probability_two_random_records_match(certain, recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns in (("date_of_birth",), ("given_name", "surname")):
        training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    predictions = linker.inference.predict(warning_mode="never").physical_name
    _run(connection, "keep_hand_tuned", predictions=predictions)
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return Found(
        count(connection, "found"), _same_among(connection, "found"), _best_cut(connection)
    )


def ours(connection: duckdb.DuckDBPyConnection, model: Model) -> Found:
    """The model of this project, cut at its review threshold."""
    summary = score_all(connection, model)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE found AS"
        " SELECT patient_id, other_patient_id, weight FROM scored_pair"
    )
    return Found(summary.compared, _blocked(connection), model.review)


def score_all(
    connection: duckdb.DuckDBPyConnection, model: Model, threshold: float = LOWEST
) -> ScoreSummary:
    """Score the registry against itself with ours; `judged` says which pairs are of one person."""
    count_names(connection, model, "features")
    summary = score_pairs(connection, "features", "features", model, threshold)
    _run(connection, "judge_scored")
    return summary


def automatic(connection: duckdb.DuckDBPyConnection, model: Model) -> Automatic:
    """What of `judged` is at or above the automatic threshold, and without a caution."""
    linked = f"weight >= {model.automatic} AND caution IS NULL"
    [(right, wrong)] = connection.execute(
        "SELECT count(*) FILTER (is_same), count(*) FILTER (NOT is_same) FROM judged"
        f" WHERE {linked}"
    ).fetchall()
    return Automatic(
        model.automatic,
        right,
        wrong,
        _relatives(connection, linked),
        _relatives(connection, f"weight >= {model.review}"),
    )


def _relatives(connection: duckdb.DuckDBPyConnection, condition: str) -> dict[str, int]:
    query = (_SQL / "count_relatives.sql").read_text(encoding="utf-8")
    return dict(connection.execute(query.format(condition=condition)).fetchall())


def wrong_pairs(connection: duckdb.DuckDBPyConnection) -> list[tuple[float, str | None]]:
    """Weight and caution of the scored pairs of two people."""
    return connection.execute("SELECT weight, caution FROM judged WHERE NOT is_same").fetchall()


Method = Callable[[duckdb.DuckDBPyConnection], Found]


def curve(connection: duckdb.DuckDBPyConnection) -> list[tuple[float, int, int]]:
    """(weight, right, wrong): pairs of `found` from this weight on, the best weight first."""
    query = (_SQL / "draw_curve.sql").read_text(encoding="utf-8")
    return connection.execute(query).fetchall()


def _best_cut(connection: duckdb.DuckDBPyConnection) -> float:
    true = count(connection, "same_person")
    return max(curve(connection), key=lambda point: 2 * point[1] / (point[1] + point[2] + true))[0]


def _run(connection: duckdb.DuckDBPyConnection, name: str, **fragments: str) -> None:
    connection.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8").format(**fragments))


def _blocked(connection: duckdb.DuckDBPyConnection) -> int:
    [(count,)] = connection.execute(
        "SELECT count(*) FROM candidate_pair JOIN same_person"
        " ON join_key_l = patient_id AND join_key_r = other_patient_id"
    ).fetchall()
    return int(count)


def _same_among(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(count,)] = connection.execute(
        f"SELECT count(*) FROM {table} JOIN same_person USING (patient_id, other_patient_id)"
    ).fetchall()
    return int(count)


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """The rows of a table."""
    [(count,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)
