"""docs/growth.md is what its script prints, and the figures in it are those of the bench's page."""

import json
import re
from pathlib import Path

import pytest

from bench.growth import LIMITS, Assumptions, broken, count, need, page, size_of

PROJECT = Path(__file__).parent.parent
RECORDED = json.loads((PROJECT / "bench/recorded.json").read_text())
PERFORMANCE = (PROJECT / "docs/performance.md").read_text()
PARTITIONS = (PROJECT / "docs/decisions/014-the-dagster-project.md").read_text()


def test_the_page_is_what_the_script_prints():
    own = (PROJECT / "docs/growth.md").read_text()
    assert own == page(Assumptions()), "run `python -m bench.growth > docs/growth.md`"


@pytest.mark.parametrize("name", RECORDED.keys() - {"about"})
def test_each_figure_stands_on_the_page_of_measurements(name):
    value = RECORDED[name]
    said = f"{value:,}" if isinstance(value, int) else str(value)
    where = PARTITIONS if name == "partitions_tried" else PERFORMANCE
    assert re.search(rf"(?<![\d.,]){re.escape(said)}(?![\d,])", where)


def test_twice_the_files_need_twice_of_everything_but_the_registry():
    small, large = (need(files, 10**8, Assumptions()) for files in (1000, 2000))
    for name in ("rows", "streams", "grows_gib_a_night", "log_gib_a_night", "iops", "stored_gib",
                 "objects", "price_a_month", "runs_a_second", "partitions"):  # fmt: skip
        assert getattr(large, name) == pytest.approx(2 * getattr(small, name)), name
    assert large.registry_gib == small.registry_gib


def test_no_patient_is_sent_twice_a_night():
    assert need(10_000_000, 10_000_000, Assumptions()).rows == 10_000_000
    assert need(1_000, 10_000_000, Assumptions()).rows == 500_000


def test_a_price_that_doubles_doubles_the_price():
    one = need(100_000, 10**8, Assumptions())
    two = Assumptions(price_gib_month=0.046, price_thousand_puts=0.01, price_thousand_gets=0.0008)
    assert need(100_000, 10**8, two).price_a_month == pytest.approx(2 * one.price_a_month)


def test_what_breaks_is_in_the_order_of_how_far_it_is_over():
    used = broken(need(10_000_000, 300_000_000, Assumptions()), Assumptions())
    assert [each for each, _ in used] == sorted((each for each, _ in used), reverse=True)
    assert {limit.name for _, limit in used} == {limit.name for limit in LIMITS}


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (0.0324, "0.032"), (3.64, "3.6"), (76.2, "76"), (480.4, "480"), (12_345, "12,000"),
     (1_234_567, "1.2 million"), (5e9, "5.0 billion")],
)  # fmt: skip
def test_numbers_have_two_digits_that_mean_something(number, said):
    assert count(number) == said


def test_sizes_have_units():
    assert (size_of(0.5), size_of(3.3), size_of(2048)) == ("510 MiB", "3.3 GiB", "2.0 TiB")
