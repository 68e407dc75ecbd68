from dataclasses import replace

import duckdb
import pytest

from bench.matching_data import Generated, load_generated
from identity.frequencies import count_names
from identity.model import load_model
from identity.score import score_pairs
from identity.train import (
    DecidedPair,
    fit,
    fit_decided,
    fit_without_labels,
    label_by_numbers,
    name_frequencies,
    observe,
    weight_of,
)

SMALL = Generated("small", 400, 5)


@pytest.fixture
def registry():
    connection = duckdb.connect()
    load_generated(connection, SMALL)
    count_names(connection, load_model(), "features")
    return connection


def test_labels_teach_that_agreement_speaks_for_one_person(registry):
    model = fit([observe(registry, "features")], load_model())
    for comparison, level in (("first_name", "same"), ("birth", "same"), ("phone", "same")):
        odds = model.levels[comparison][level]
        assert odds.m > 10 * odds.u
    for comparison in ("first_name", "last_name", "birth"):
        odds = model.levels[comparison]["other"]
        assert odds.u > 10 * odds.m


def test_each_comparison_has_shares_that_make_one(registry):
    model = fit([observe(registry, "features")], load_model())
    for levels in model.levels.values():
        assert sum(odds.m for odds in levels.values()) == pytest.approx(1, abs=0.01)
        assert sum(odds.u for odds in levels.values()) == pytest.approx(1, abs=0.01)


def test_the_same_registry_teaches_the_same_model(registry):
    first = fit([observe(registry, "features")], load_model())
    assert fit([observe(registry, "features")], load_model()) == first


def test_without_labels_numbers_in_common_teach(registry):
    start = load_model()
    label_by_numbers(registry, "features")
    model = fit_without_labels(observe(registry, "features"), start)
    assert model.levels["ssn"] == start.levels["ssn"]
    assert model.levels["first_name"]["same"].m > 0.5
    assert model.duplicates == start.duplicates


def decided(**levels):
    return DecidedPair(is_same=True, levels=levels, weights={})


def test_judged_pairs_teach_what_people_saw_and_the_rest_stays_nearly_as_it_was(registry):
    start = load_model()
    label_by_numbers(registry, "features")
    observed = observe(registry, "features")
    moved = fit_decided(observed, [decided(first_name="same", phone="other")] * 900, start)
    assert moved.levels["phone"]["other"].m > 0.9 > start.levels["phone"]["other"].m
    for level, odds in start.levels["ssn"].items():
        assert moved.levels["ssn"][level].m == pytest.approx(odds.m, rel=0.01), "nobody saw one"
    assert moved.duplicates == start.duplicates


def test_a_pair_that_was_judged_different_teaches_nothing_about_pairs_of_one_person(registry):
    start = load_model()
    label_by_numbers(registry, "features")
    observed = observe(registry, "features")
    other = DecidedPair(is_same=False, levels={"first_name": "other"}, weights={})
    one = decided(first_name="same")
    assert fit_decided(observed, [one, other, other], start) == fit_decided(observed, [one], start)


def test_a_weight_is_worked_out_again_from_levels_as_splink_does(registry):
    model = load_model()
    registry.execute("CREATE TABLE few AS FROM features LIMIT 300")
    patients = 12_345
    score_pairs(registry, "few", "few", model, -60, patients=patients)
    rows = registry.execute("SELECT weight, evidence FROM scored_pair").fetchall()
    assert len(rows) > 50
    raised = replace(model, duplicates=model.duplicates / 8)
    for weight, evidence in rows:
        pair = DecidedPair(
            is_same=True,
            levels={line["field"]: line["level"] for line in evidence},
            weights={line["field"]: line["weight"] for line in evidence},
        )
        assert weight_of(pair, model, model, patients) == pytest.approx(weight, abs=0.1)
        assert weight_of(pair, raised, model, patients) == pytest.approx(weight - 3, abs=0.11)


def test_only_names_of_many_records_are_kept(registry):
    kept = name_frequencies(registry, "features")
    assert all(share < 0.2 for shares in kept.values() for share in shares.values())
    assert len(kept["last_name"]) < 200
