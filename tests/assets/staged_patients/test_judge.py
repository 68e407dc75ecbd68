"""Judging by pandera: a few thousand rows are in memory at a time."""

from datetime import date

import duckdb
import pytest

from assets.staged_patients.judge import _BATCH_LINES, find
from schemas.catalogue import get_format
from schemas.contract import contract
from schemas.rules import Circumstances

ROWS = 2 * _BATCH_LINES + 1


@pytest.fixture
def normalised():
    """Rows of which every thousandth has a birthday that is none."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE normalised AS SELECT (range + 1)::INTEGER AS line, 'Ann' AS first_name,"
            f" if(range % 1000 = 999, 'soon', '1961-04-02') AS birth_date FROM range({ROWS})"
        )
        yield connection


def test_rows_are_judged_a_batch_at_a_time_and_none_is_left_out(normalised):
    terms = contract(
        get_format("thoroughcare"),
        Circumstances(received_on=date(2026, 11, 21)),
        frozenset({"first_name", "birth_date"}),
    )
    batches = list(find(normalised, terms))
    assert len(batches) == 3
    found = [row for batch in batches for row in batch.select("line", "column").rows()]
    assert found == [(line, "birth_date") for line in range(1000, ROWS, 1000)]
