"""The catalogue of mends: what each makes of a cell, and what it leaves alone."""

import pytest

from rosters.mends import MENDS

OF = {mend.name: mend.of for mend in MENDS}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("first-letter", "Male", "m"),
        ("first-letter", " woman ", "f"),
        ("zeros", "+31 6 1234", "0031 6 1234"),
        ("day-month", "27/05/1961", "05/27/1961"),
        ("year", "1961-05-27", "1961"),
        ("year", "27-5-1961", "1961"),
        ("spaces", "ann @example.com", "ann@example.com"),
    ],
)
def test_a_cell_is_mended(name, before, after):
    assert OF[name]({"slot": before}) == {"slot": after}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("first-letter", "m"),
        ("zeros", "0031"),
        ("day-month", "1961-05-27"),
        ("year", "1961"),
        ("year", "soon"),
        ("spaces", "x"),
        ("spaces", "   "),
        ("swap", "x"),
    ],
)
def test_a_cell_that_a_mend_does_not_know_is_left_alone(name, text):
    assert OF[name]({"slot": text}) == {}


def test_two_cells_at_fault_change_places_and_three_do_not():
    assert OF["swap"]({"a": "1", "b": "2"}) == {"a": "2", "b": "1"}
    assert OF["swap"]({"a": "1", "b": "2", "c": "3"}) == {}
