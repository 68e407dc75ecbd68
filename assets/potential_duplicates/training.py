"""Training a model on an account's own registry, and trying it on what people judged.

    judged pairs, or pairs with a number in common ─▶ odds of one person ┐
    pairs drawn at random                          ─▶ odds of two        ┴▶ model ─▶ rehearsal

Reviews that people judged are the labels where there are enough; a fifth of them is kept out of the
training, and both models are tried on it. Otherwise numbers that two people do not share stand for
labels, and all judged pairs are left for the rehearsal.

No name of the account's patients is in the model: it keeps the frequencies of the common one, and
the search counts the account's own each time. Levels and counts are all that is learned.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from importlib.metadata import version

from psycopg import Connection

from assets.potential_duplicates.matching_copy import open_copy
from assets.potential_duplicates.model_file import common_model, load_account_model
from assets.staging_database import scalar
from assets.steps import StepFiles, run_steps
from identity.comparisons import COMPARISONS
from identity.frequencies import count_names
from identity.model import Model
from identity.train import (
    DecidedPair,
    Observed,
    fit_decided,
    fit_without_labels,
    observe,
    weight_of,
)
from registry.accounts.accounts import Account
from registry.decisions.judged_pairs import JudgedPair, judged_pairs
from registry.settings import Settings
from schemas.errors import NotAllowed

LEAST_PAIRS = 200
"""So many pairs of one person are needed, of either kind of label."""
MARGIN = 5.0
"""How far above the best pair of two people the automatic threshold is, at least."""

MOST_PATIENTS = 50_000
"""Of so many the pairs at random are drawn: a million pairs, which takes half a minute."""
_MOST_PAIRS = 100_000
_MOST_HOLDERS = 10
_KEPT_OUT = 5
_LIBRARIES = ("splink", "duckdb", "jellyfish", "nicknames")
_LEVELS = {each.name: {level.name for level in each.levels} for each in COMPARISONS}
_STEPS = StepFiles(__file__)


@dataclass(frozen=True)
class Tried:
    """What a model makes of pairs that people judged, and that it was not trained on.

    Counts of pairs: at or above the review threshold, and linked automatically, where the account
    would allow it.
    """

    same: int
    same_asked: int
    different: int
    different_asked: int
    linked_rightly: int
    linked_wrongly: int


@dataclass(frozen=True)
class Training:
    """A trained model, what it learned from, and how it does beside the model in use."""

    model: Model
    labels: str
    pairs: int
    patients: int
    in_use: Tried
    trained: Tried
    left_out: int
    """Judged pairs that neither is tried on: a model that is not there any more scored them."""


def train_account(
    connection: Connection, settings: Settings, account: Account, now: datetime
) -> Training:
    """Train a model on the account's registry; nothing is stored, and the account's stays in use.

    Raises:
        NotAllowed: there are too few pairs to learn from.
        ModelError: the account's own model cannot be used; go back to the common one first.
    """
    in_use, in_use_name = load_account_model(settings, account.id)
    start, start_name = common_model()
    judged = [pair for pair in judged_pairs(connection, account.id) if _has_known_levels(pair)]
    connection.commit()
    taught = [_decided(pair) for pair in judged if not _is_kept_out(pair)]
    by_people = sum(pair.is_same for pair in taught) >= LEAST_PAIRS
    observed, patients = _observe(connection, settings, account, start)
    labels = "judged pairs" if by_people else "numbers in common"
    if by_people:
        fitted, pairs = fit_decided(observed, taught, start), sum(pair.is_same for pair in taught)
    else:
        _require_enough(observed, judged)
        fitted, pairs = fit_without_labels(observed, start), observed.pairs
    known = {in_use_name.name: in_use, start_name.name: start}
    tried = [pair for pair in judged if _is_kept_out(pair) or not by_people]
    scored = [(_decided(pair), known[pair.model]) for pair in tried if pair.model in known]
    wrong = [
        weight_of(_decided(pair), fitted, known[pair.model], patients)
        for pair in judged
        if not pair.is_same and pair.caution is None and pair.model in known
        and not (by_people and _is_kept_out(pair))
    ]  # fmt: skip
    automatic = max([start.automatic, *(round(weight + MARGIN, 1) for weight in wrong)])
    provenance = {
        "data": [f"account {account.name}: {patients} patients, {pairs} pairs by {labels}"],
        "account": account.name,
        "labels": labels,
        "records": patients,
        "pairs_of_one_person": pairs,
        "seed": "none: pairs at random follow a hash of the patients' ids",
        "names": "those of the common model; none of the account's patients",
        "started_from": start_name.name,
        "trained_on": now.isoformat(timespec="seconds"),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("rosterline", *_LIBRARIES)},
        },
    }
    model = replace(fitted, automatic=automatic, provenance=provenance)
    return Training(
        model, labels, pairs, patients,
        in_use=_tried(scored, in_use, patients),
        trained=_tried(scored, model, patients),
        left_out=len(tried) - len(scored),
    )  # fmt: skip


def _observe(
    connection: Connection, settings: Settings, account: Account, start: Model
) -> tuple[Observed, int]:
    """What pairs with a number in common, and pairs at random, are like; how many patients."""
    with open_copy(settings, connection, account.id) as (duck, update):
        count_names(duck, start, "copied.features")
        run_steps(
            duck,
            _STEPS["label_by_numbers"].bind(most_holders=_MOST_HOLDERS, most_pairs=_MOST_PAIRS),
            _STEPS["sample_patients"].bind(most_patients=MOST_PATIENTS),
        )
        if not scalar(duck, "SELECT count(*) FROM training_patient"):
            raise NotAllowed(f"account {account.name!r} has no patients to learn from")
        return observe(duck, "training_patient"), update.patients


def _require_enough(observed: Observed, judged: Sequence[JudgedPair]) -> None:
    if observed.pairs < LEAST_PAIRS:
        same = sum(pair.is_same for pair in judged)
        raise NotAllowed(
            f"too little to learn from: {same} pairs were judged the same, and {observed.pairs} "
            f"pairs of patients have an SSN, Medicare ID or e-mail in common; {LEAST_PAIRS} of "
            f"either are needed, of judged ones {LEAST_PAIRS * _KEPT_OUT // (_KEPT_OUT - 1)} "
            "because a fifth is kept to try the model on"
        )


def _tried(pairs: Sequence[tuple[DecidedPair, Model]], model: Model, patients: int) -> Tried:
    weighed = [(pair, weight_of(pair, model, scored_by, patients)) for pair, scored_by in pairs]
    asked = [pair for pair, weight in weighed if weight >= model.review]
    linked = [
        pair for pair, weight in weighed if weight >= model.automatic and pair.caution is None
    ]
    same = sum(pair.is_same for pair, _ in weighed)
    same_asked, rightly = (sum(pair.is_same for pair in found) for found in (asked, linked))
    return Tried(
        same,
        same_asked,
        len(weighed) - same,
        len(asked) - same_asked,
        rightly,
        len(linked) - rightly,
    )


def _is_kept_out(pair: JudgedPair) -> bool:
    """Whether the pair is of the fifth on which the models are tried; by its ids, so always so."""
    drawn = blake2b(pair.younger.bytes + pair.older.bytes, digest_size=4).digest()
    return int.from_bytes(drawn) % _KEPT_OUT == 0


def _has_known_levels(pair: JudgedPair) -> bool:
    """Whether this release still has the levels that the pair was given."""
    return all(line.level in _LEVELS.get(line.field, ()) for line in pair.evidence)


def _decided(pair: JudgedPair) -> DecidedPair:
    return DecidedPair(
        pair.is_same,
        {line.field: line.level for line in pair.evidence},
        {line.field: line.weight for line in pair.evidence},
        pair.caution,
    )
