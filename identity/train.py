"""Training: how often pairs of one person, and of two, are at each level.

From labels, `same_person(patient_id, other_patient_id)`: the pairs of one person are counted, and
pairs drawn at random stand for pairs of two. Without labels, the pairs with a number in common
that people do not share by chance (SSN, Medicare ID, e-mail) stand for pairs of one person; the
comparisons of those numbers keep the odds of the model from which the training starts.

An account's own registry may be small, or lack fields: the model from which the training starts
counts there as `START_PAIRS` pairs, so that what was seldom seen nearly keeps its odds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from identity.comparisons import COMPARISONS
from identity.frequencies import find_shared_contacts, gather_compared
from identity.model import Model, Odds
from identity.settings import HIGHEST_PRIOR, splink_settings
from identity.statements import statement

PARTNERS = 20
"""With how many others, drawn at random, each record is paired."""

START_PAIRS = 100
"""As so many pairs of one person the odds of the start count where an account trains."""

RARE_NAMES = 10
"""A name of fewer records is not kept in the model."""

_SMOOTHING = 0.5
_LABELLING = ("ssn", "mbi", "email")
"""Comparisons of numbers that stand for labels where there are none."""
_RARE = {
    comparison.name: {level.name for level in comparison.levels if level.rarity}
    for comparison in COMPARISONS
}
"""The levels of equal names, which weigh more the rarer the name is."""

Counts = Mapping[str, Mapping[str, int]]
"""Pairs by comparison and level."""


@dataclass(frozen=True)
class Observed:
    """What was counted in one registry."""

    same: Counts
    other: Counts
    records: int
    pairs: int
    """Pairs of one person."""


@dataclass(frozen=True)
class DecidedPair:
    """A pair that a person judged: the level of each field, and what it weighed. No value."""

    is_same: bool
    levels: Mapping[str, str]
    weights: Mapping[str, float]
    caution: str | None = None


def observe(connection: duckdb.DuckDBPyConnection, features: str) -> Observed:
    """Count the levels of the pairs of `same_person`, and of as many at random."""
    connection.execute(statement("pair_by_labels"))
    pairs = _count(connection, "candidate_pair")
    same = count_levels(connection, features)
    connection.execute(
        statement("pair_at_random").format(features=features), {"partners": PARTNERS}
    )
    return Observed(same, count_levels(connection, features), _count(connection, features), pairs)


def label_by_numbers(connection: duckdb.DuckDBPyConnection, features: str) -> None:
    """Create `same_person` from numbers that two people do not share, where nobody has labels."""
    connection.execute(statement("label_by_numbers").format(features=features))


def count_levels(connection: duckdb.DuckDBPyConnection, features: str) -> Counts:
    """How many pairs of `candidate_pair` are at each level."""
    from splink import DuckDBAPI, Linker  # noqa: PLC0415 - takes a second

    find_shared_contacts(connection, features, features)
    gather_compared(connection, features, features)
    database = DuckDBAPI(connection)
    linker = Linker(
        database.register("compared"),
        splink_settings(None, 0),
        validate_settings=False,
        log_level=None,
    )
    linker.table_management.register_blocked_pairs_for_predict(database.register("candidate_pair"))
    predictions = linker.inference.predict(warning_mode="never").physical_name
    found = {}
    for comparison in COMPARISONS:
        column = f"gamma_{comparison.name}"
        query = f"SELECT {column}, count(*) FROM {predictions} GROUP BY ALL"
        counts = dict(connection.execute(query).fetchall())
        names = reversed([level.name for level in comparison.levels])
        found[comparison.name] = {name: counts.get(place, 0) for place, name in enumerate(names)}
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return found


def fit(
    observed: list[Observed], start: Model, *, keep: tuple[str, ...] = (), start_pairs: int = 0
) -> Model:
    """The model of what was observed; comparisons of `keep` stay as they are in `start`.

    The others are counted together with `start_pairs` pairs that are like `start`; without them, a
    level has half a pair more than was counted.
    """
    levels = {
        comparison.name: start.levels[comparison.name]
        if comparison.name in keep
        else _odds(
            [each.same[comparison.name] for each in observed],
            [each.other[comparison.name] for each in observed],
            start.levels[comparison.name] if start_pairs else None,
            start_pairs,
        )
        for comparison in COMPARISONS
    }
    records = sum(each.records for each in observed)
    duplicates = 2 * sum(each.pairs for each in observed) / records
    return replace(start, levels=levels, duplicates=round(duplicates, 6))


def fit_without_labels(observed: Observed, start: Model) -> Model:
    """The model of an account in which numbers in common stand for labels.

    How many duplicates there are is not known from them, and stays as in `start`.
    """
    found = fit([observed], start, keep=_LABELLING, start_pairs=START_PAIRS)
    return replace(found, duplicates=start.duplicates)


def fit_decided(observed: Observed, decided: Sequence[DecidedPair], start: Model) -> Model:
    """The model of an account whose people judged pairs.

    Those judged the same are the pairs of one person. Pairs of two are the ones of `observed`, at
    random: a pair that was judged different was asked about because the two are alike.
    """
    same = [pair for pair in decided if pair.is_same]
    counts = {
        comparison.name: {
            level.name: sum(pair.levels.get(comparison.name) == level.name for pair in same)
            for level in comparison.levels
        }
        for comparison in COMPARISONS
    }
    labelled = replace(observed, same=counts, pairs=len(same))
    found = fit([labelled], start, start_pairs=START_PAIRS)
    return replace(found, duplicates=start.duplicates)


def weight_of(pair: DecidedPair, model: Model, scored_by: Model, patients: int) -> float:
    """The match weight that `model` gives a pair which `scored_by` has scored.

    The level of each field stays. What the rarity of a name adds is in the score that the pair has;
    there the odds of `scored_by` are exchanged for those of `model`.
    """
    share = min(model.duplicates / max(patients - 1, 1), HIGHEST_PRIOR)
    total = math.log2(share / (1 - share))
    for name, level in pair.levels.items():
        odds = model.levels[name][level]
        if level in _RARE[name]:
            total += pair.weights[name] + math.log2(odds.m / scored_by.levels[name][level].m)
        else:
            total += math.log2(odds.m / odds.u)
    return total


def name_frequencies(
    connection: duckdb.DuckDBPyConnection, features: str
) -> dict[str, dict[str, float]]:
    """The shares of common names, as the model file keeps them."""
    found = {}
    for column in ("first_name", "last_name"):
        query = statement("share_names").format(name_column=column, features=features)
        rows = connection.execute(query, {"least": RARE_NAMES}).fetchall()
        found[column] = {name: round(share, 7) for name, share in rows}
    return found


def _odds(
    same: list[Mapping[str, int]],
    other: list[Mapping[str, int]],
    start: Mapping[str, Odds] | None = None,
    start_pairs: int = 0,
) -> dict[str, Odds]:
    names = list(same[0])
    before = dict.fromkeys(names, (_SMOOTHING, _SMOOTHING))
    if start:
        before = {
            name: (start_pairs * start[name].m, start_pairs * start[name].u) for name in names
        }
    m = _shares({name: before[name][0] + sum(each[name] for each in same) for name in names})
    u = _shares({name: before[name][1] + sum(each[name] for each in other) for name in names})
    return {name: Odds(m[name], u[name]) for name in names}


def _shares(sums: Mapping[str, float]) -> dict[str, float]:
    """Shares of the levels, none of them 0."""
    total = sum(sums.values())
    return {name: float(f"{value / total:.4g}") for name, value in sums.items()}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(count,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)
