"""Scores of the pairs that an import's patients are in.

Tables in: the copy, and `searched(patient_id, attempt, line)`, the patients of the import. Table
out: `found_pair`, a row per pair as `registry/decisions/similar_pairs.py` takes it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb
import polars as pl

from assets.potential_duplicates.candidates import find_candidates
from assets.staging_database import create_table, scalar
from assets.steps import StepFiles, run_steps
from identity.frequencies import count_names, find_shared_contacts
from identity.model import Model
from identity.score import score_candidates

PATIENTS_AT_A_TIME = 100_000
"""They bound the memory, whatever the file's size."""

NO_THRESHOLD = -1000.0
"""Pairs that are open already get their score, however low it is."""

OPEN_PAIRS = (
    "SELECT patient_id, other_patient_id FROM review"
    " WHERE account_id = %(account_id)s AND state = 'open'"
)
"""What `score_searched` is given as pairs that are open already."""

_BATCH_ROWS = 10_000
_STEPS = StepFiles(__file__)


@dataclass
class Comparisons:
    """What was compared, as counts."""

    candidates: int = 0
    vetoed: Counter[str] = field(default_factory=Counter)
    common_keys: Counter[str] = field(default_factory=Counter)


Find = Callable[[duckdb.DuckDBPyConnection, Model, Comparisons], None]
"""Adds the pairs of `searched_number` above the threshold to `found_pair`, and counts."""


def find_in_parts(connection: duckdb.DuckDBPyConnection, model: Model, done: Comparisons) -> None:
    """Find the pairs by this DuckDB, so many patients at a time."""
    parts = -(-scalar(connection, "SELECT count(*) FROM searched_number") // PATIENTS_AT_A_TIME)
    for part in range(parts):
        first = part * PATIENTS_AT_A_TIME
        limits = {"first": first, "last": first + PATIENTS_AT_A_TIME}
        run_steps(connection, _STEPS["choose_subjects"].bind(**limits))
        done.common_keys += Counter(find_candidates(connection))
        _score(connection, model, model.review, done)
        add_similar_pairs(connection)


def add_similar_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the pairs of `scored_pair` to `found_pair`."""
    run_steps(connection, _STEPS["add_similar_pairs"])


def score_searched(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    open_pairs: pl.DataFrame,
    find: Find = find_in_parts,
) -> Comparisons:
    """Create `found_pair` with all pairs above the threshold, and those of `open_pairs`."""
    done = Comparisons()
    count_names(connection, model, "copied.features")
    create_table(connection, "open_pair", open_pairs.cast(pl.String))
    run_steps(connection, _STEPS["number_searched"], _STEPS["create_found_pair"])
    find(connection, model, done)
    run_steps(connection, _STEPS["pair_open_ones"], _STEPS["fetch_open_ones"])
    if scalar(connection, "SELECT count(*) FROM candidate_pair"):
        _score(connection, model, NO_THRESHOLD, done)
        run_steps(connection, _STEPS["add_open_pairs"])
    return done


def _score(
    connection: duckdb.DuckDBPyConnection, model: Model, threshold: float, done: Comparisons
) -> None:
    patients = scalar(connection, "SELECT count(*) FROM copied.features")
    find_shared_contacts(connection, "candidate", "copied.features")
    summary = score_candidates(
        connection, "candidate", "candidate", model, threshold, patients=patients
    )
    done.candidates += summary.compared
    done.vetoed += Counter(summary.vetoed)


def found_pairs(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """The rows of `found_pair`, a batch at a time."""
    rows = connection.sql(_STEPS["list_found_pairs"].sql).to_arrow_reader(_BATCH_ROWS)
    return (pl.DataFrame(pl.from_arrow(batch)) for batch in rows)
