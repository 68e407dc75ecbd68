"""Pages are timed over a registry that is multiplied by SQL."""

import pytest

from bench.portal_speed import Measured, measure, table


def test_the_table_has_whole_milliseconds():
    assert table([Measured("desk", 12.4, 30.0, 9.6)]).splitlines()[2] == "| desk | 12 | 30 | 10 |"


@pytest.mark.slow
def test_a_small_registry_is_made_used_again_and_every_page_answers(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    first = measure(home, rows=100, patients=500, imports=60, only="")
    assert {"desk", "search for a phone number", "columns of a file, 200 of them"} <= {
        each.page for each in first
    }
    again = measure(home, rows=0, patients=0, imports=0, only="one patient")
    assert [each.page for each in again] == ["one patient"]
