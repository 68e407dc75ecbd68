import random
from datetime import date

import polars as pl
import pytest

from synthetic.duplicates import CLINIC, NOISY, make_registry
from synthetic.families import us_names
from synthetic.mistakes import digit_mistyped, mistyped, scanned


@pytest.fixture(scope="module")
def registry():
    return make_registry(1_500, 7)


def test_the_same_seed_gives_the_same_registry(registry):
    again = make_registry(1_500, 7)
    assert again.records.equals(registry.records)
    assert again.relations.equals(registry.relations)


def test_another_seed_gives_other_people(registry):
    other = make_registry(1_500, 8)
    assert not set(other.records["patient_id"]) & set(registry.records["patient_id"])


def test_some_people_have_several_records(registry):
    counts = registry.records.group_by("person").len()["len"]
    assert 0.2 < (counts > 1).mean() < 0.5
    assert counts.max() <= 6


def test_noisier_senders_agree_less():
    def agreeing(noise):
        records = make_registry(1_500, 7, noise).records
        dates = records.group_by("person").agg(pl.col("birth_date").n_unique(), pl.len())
        return (dates.filter(pl.col("len") > 1)["birth_date"] == 1).mean()

    assert agreeing(NOISY) < agreeing(CLINIC)


def test_twins_share_birth_date_and_not_the_first_name(registry):
    families = make_registry(1_500, 7, twins=0.5)
    twins = families.relations.filter(pl.col("kind") == "twin")
    assert len(twins) > 20
    usual = registry.relations.filter(pl.col("kind") == "twin")
    assert len(usual) < len(twins)


def test_nobody_is_born_in_the_future(registry):
    born = registry.records["birth_date"].drop_nulls()
    assert born.max() <= date(2026, 6, 1)
    assert born.min() > date(1900, 1, 1)


def test_numbers_are_of_nobody(registry):
    phones = registry.records["phones"].explode().drop_nulls()
    assert phones.str.slice(5, 3).unique().to_list() == ["555"]
    numbers = [
        each["value"]
        for identifiers in registry.records["identifiers"]
        for each in identifiers
        if each["item"].startswith("ssn/") and len(each["value"]) == 9
    ]
    assert numbers
    assert all("01" <= number[3:5] <= "49" for number in numbers[:20] if number[0] == "9")


def test_common_names_have_the_frequencies_of_the_census():
    names, weights = us_names()["last"]
    assert names[:2] == ["Smith", "Johnson"]
    assert weights[0] == 10060


@pytest.mark.parametrize("text", ["Robert", "Li", "O'Brien", "A"])
def test_a_mistake_is_at_most_two_keystrokes_long(text):
    dice = random.Random(1)  # noqa: S311
    for _ in range(50):
        for wrong in (mistyped(text, dice), scanned(text, dice)):
            assert abs(len(wrong) - len(text)) <= 1
            assert wrong


def test_a_mistyped_number_keeps_its_length_and_differs():
    dice = random.Random(1)  # noqa: S311
    assert all(digit_mistyped("900123456", dice) != "900123456" for _ in range(50))
    assert all(len(digit_mistyped("1980-02-03", dice)) == 10 for _ in range(50))


def test_the_commonest_last_name_of_a_registry_is_that_of_the_census(registry):
    people = registry.records.group_by("person").agg(pl.col("last_name").first())
    counts = people["last_name"].str.to_uppercase().value_counts(sort=True)
    assert "SMITH" in counts["last_name"].head(3).to_list()
