"""Registries of people who look alike: the sweep stays within bounds and says what it left out."""

import duckdb
import polars as pl
import pytest

from assets.duplicate_clusters.clusters import choose_everybody, count_clusters
from assets.potential_duplicates.candidates import MOST_COMPARED
from assets.potential_duplicates.matching_copy import attach_empty, replace_patients
from assets.potential_duplicates.score import score_searched
from assets.staging_database import scalar
from identity.model import load_model

NOBODY = pl.DataFrame(schema=dict.fromkeys(("patient_id", "other_patient_id"), pl.String))
PEOPLE = """
    CREATE OR REPLACE TEMP TABLE person AS
    SELECT
        format('018f0000-0000-7000-8000-{{:012x}}', index)::UUID AS patient_id,
        'John' AS first_name, 'Smith' AS last_name,
        {born} AS birth_date, year({born})::SMALLINT AS birth_year, 'M' AS gender,
        [{{'line1': {street}, 'line2': NULL, 'city': 'Dover', 'state': 'DE',
           'postal_code': {zip}}}] AS addresses,
        [{phone}] AS phones, []::VARCHAR[] AS emails,
        []::STRUCT(item VARCHAR, value VARCHAR)[] AS identifiers, []::VARCHAR[] AS policies
    FROM range({count}) AS people (index)
"""
DIFFERENT = {
    "born": "DATE '1930-01-01' + (index * 7919 % 25000)::INTEGER",
    "street": "(index % 977 + 1) || ' Oak Road'",
    "zip": "(19901 + index % 53)::VARCHAR",
    "phone": "'+1302' || (2000000 + index * 37)",
}
ALIKE = {"born": "DATE '1950-01-02'", "street": "'1 Oak Road'", "zip": "'19901'",
         "phone": "'+13022000000'"}  # fmt: skip


@pytest.fixture
def sweep(tmp_path):
    """Sweeps a copy of so many people, without PostgreSQL."""
    with duckdb.connect() as duck:

        def swept(count, cells):
            attach_empty(duck, tmp_path / "1.duckdb")
            duck.execute(PEOPLE.format(count=count, **cells))
            ids = duck.sql("SELECT patient_id::VARCHAR AS patient_id FROM person").to_arrow_table()
            replace_patients(duck, pl.DataFrame(pl.from_arrow(ids)))
            choose_everybody(duck)
            done = score_searched(duck, load_model(), NOBODY)
            return done, count_clusters(duck), duck

        yield swept


@pytest.mark.slow
def test_ten_thousand_john_smiths_are_compared_within_bounds_and_none_is_linked(sweep):
    done, _, duck = sweep(10_000, DIFFERENT)
    assert 0 < done.candidates <= 10_000 * MOST_COMPARED
    assert done.common_keys.total() > 0
    linkable = f"weight >= {load_model().automatic} AND caution IS NULL"
    assert scalar(duck, f"SELECT count(*) FROM found_pair WHERE {linkable}") == 0


def test_ten_thousand_records_that_are_all_alike_are_too_common_to_compare_and_are_counted(sweep):
    done, clusters, _ = sweep(10_000, ALIKE)
    assert done.candidates == 0
    assert {"phone", "birth_first", "birth_last"} <= set(done.common_keys)
    assert clusters.largest == 0


def test_identical_twins_are_one_pair_and_a_registry_of_one_patient_has_none(sweep):
    _, clusters, _ = sweep(2, ALIKE)
    assert (clusters.pairs, clusters.largest) == (1, 2)
    done, clusters, _ = sweep(1, ALIKE)
    assert (done.candidates, clusters.largest) == (0, 0)
