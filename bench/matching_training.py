"""Train models/default.json on generated registries.

python -m bench.matching_training
"""

import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb

from bench.matching_data import TRAINING, Generated, load_generated
from bench.matching_methods import score_all, wrong_pairs
from identity.model import DEFAULT_PATH, Model, save_model
from identity.train import Observed, fit, name_frequencies, observe

REVIEW = 4.0
"""Sixteen times likelier one person than two."""

LEAST_AUTOMATIC = 20.0
MARGIN = 5.0
"""How far above the best wrong pair of the training the automatic threshold is."""


def main() -> None:
    """Train, choose the automatic threshold, and write the file."""
    connection = duckdb.connect()
    observed, names = [], []
    for registry in TRAINING:
        load_generated(connection, registry)
        names.append(name_frequencies(connection, "features"))
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE name_frequency AS SELECT '' AS field,"
            " '' AS name, 0.0 AS frequency WHERE FALSE"
        )
        observed.append(observe(connection, "features"))
    model = fit(observed, _empty(names, observed))
    best = max(_best_wrong(connection, registry, model) for registry in TRAINING)
    automatic = max(LEAST_AUTOMATIC, round(best + MARGIN, 1))
    save_model(_with_automatic(model, automatic), DEFAULT_PATH)
    sys.stdout.write(f"automatic from {automatic}; the best wrong pair has {best:.1f}\n")


def _best_wrong(connection: duckdb.DuckDBPyConnection, registry: Generated, model: Model) -> float:
    """The highest weight of a pair of two people that could be linked without a person."""
    load_generated(connection, registry)
    score_all(connection, model)
    return max(
        (weight for weight, caution in wrong_pairs(connection) if caution is None), default=0
    )


def _empty(names: list[dict[str, dict[str, float]]], observed: list[Observed]) -> Model:
    frequencies = {column: dict(names[0][column]) for column in ("first_name", "last_name")}
    provenance = {
        "data": [f"{each.name}: {each.people} people, seed {each.seed}" for each in TRAINING],
        "records": sum(each.records for each in observed),
        "pairs_of_one_person": sum(each.pairs for each in observed),
        "trained_on": datetime.now(UTC).date().isoformat(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("splink", "duckdb", "jellyfish", "nicknames")},
        },
    }
    return Model(1.0, {}, REVIEW, LEAST_AUTOMATIC, frequencies, provenance)


def _with_automatic(model: Model, automatic: float) -> Model:
    return replace(model, automatic=automatic)


if __name__ == "__main__":
    main()
