"""What is measured is told truly: medians, the page that follows from the history, the files."""

import csv
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from bench.compare import charts, history, page, rosters
from bench.compare.figures import Figures, median
from bench.compare.history import Measured

ROUND = Figures(2.0, 1.0, 0.5, 100.0, 2**20, 10.0, {"copy": 1.5})
FLOOR = Measured(
    "2026-01-02T03:04:05+00:00", "abc1234", "some-case", "Some case", "floor", "The floor", 5, 1.5,
    2, ROUND,
)  # fmt: skip
OURS = replace(FLOOR, way="ours", way_title="Rosterline", figures=replace(ROUND, seconds=24.0))
MISSING = replace(
    FLOOR, way="sling", way_title="sling", rounds=0, figures=None, reason="lacks SLING_BINARY"
)


def test_the_median_is_that_of_each_figure():
    rounds = [replace(ROUND, seconds=s, rows_written=r, steps={"copy": s}) for s, r in
              ((3.0, 1), (1.0, 2), (2.0, 3))]  # fmt: skip
    assert median(rounds) == replace(ROUND, seconds=2.0, rows_written=2, steps={"copy": 2.0})


def test_a_run_comes_back_from_the_history_as_it_was(tmp_path):
    path = tmp_path / "history.jsonl"
    for each in (FLOOR, MISSING, OURS):
        history.append(each, path)
    assert history.read(path) == [FLOOR, MISSING, OURS]


def test_the_newest_run_of_each_case_counts():
    older, other = replace(OURS, at="2025-01-01"), replace(OURS, at="2025-01-01", case="other")
    assert history.newest([older, other, FLOOR, OURS]) == {
        "some-case": [FLOOR, OURS], "other": [other],
    }  # fmt: skip


def test_the_page_says_where_we_are_slower_and_what_was_not_measured():
    told = page.part([FLOOR, OURS, MISSING])
    assert "- Some case: The floor 12." in told
    assert "Not measured: sling (lacks SLING_BINARY)." in told
    row = next(line for line in told.splitlines() if line.startswith("| Rosterline |"))
    assert row == "| Rosterline | 5 | 24 | 12 | 1 | 0.5 | 100 | 1 | 10 | copy 1.5 |"


def test_the_page_in_docs_is_the_one_that_the_history_makes():
    told = (page.DOCS / "performance.md").read_text()
    _, _, rest = told.partition(page.BEGIN)
    measured = history.read()
    assert rest.partition(page.END)[0] == page.part(measured), "`python -m bench.compare --page`"
    for name, drawn in page.pictures(measured).items():
        assert (page.DOCS / "pictures" / name).read_text() == drawn


def test_two_runs_of_a_case_are_drawn_as_lines():
    later = replace(OURS, at="2026-02-02T03:04:05+00:00", figures=replace(ROUND, seconds=12.0))
    drawn = page.pictures([FLOOR, OURS, later])["performance-runs.svg"]
    assert "Some case" in drawn
    assert drawn.count("<circle") == 2


@pytest.mark.parametrize("values", [{"a": 1.0}, {"a": 0.0, "b": 0.0}, {"a <b>": 0.01, "c": 900.0}])
def test_a_chart_is_well_formed_whatever_the_values(values):
    drawn = ET.fromstring(charts.bars("t & u", values, "s"))  # noqa: S314 - ours
    bars = [each for each in drawn.iter() if each.tag.endswith("rect")]
    assert len(bars) == len(values)


@pytest.mark.parametrize("file_format", rosters.KEYS)
def test_every_tenth_person_moves_and_keeps_their_number(tmp_path, file_format):
    files = rosters.Files(tmp_path)
    before, after, again = (
        list(csv.DictReader(path.read_text().splitlines()))
        for path in (
            files.of(file_format, 25, start=5),
            files.of(file_format, 25, start=5, moved=0),
            files.of(file_format, 25, start=5, moved=1),
        )
    )
    key = rosters.KEYS[file_format]
    assert [row[key] for row in before] == [f"{number:08}" for number in range(6, 31)]
    assert [row[key] for row in after] == [row[key] for row in before]
    for one, other in ((before, after), (after, again)):
        assert [n for n, rows in enumerate(zip(one, other, strict=True)) if rows[0] != rows[1]] == [
            0, 10, 20,
        ]  # fmt: skip


def test_a_file_in_pieces_is_the_same_file(tmp_path):
    whole, pieces = tmp_path / "whole.csv", tmp_path / "pieces.csv"
    rosters.write("metriport", whole, 25, moved=3)
    rosters.write("metriport", pieces, 25, moved=3, piece=10)
    assert pieces.read_bytes() == whole.read_bytes()
