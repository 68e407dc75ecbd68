"""The page "The first morning": what it says happens, in a copy of the checkout and a real browser.

One test for all that is claimed: each worker of pytest would do the whole page anew.
"""

import re

import pytest
from playwright.sync_api import sync_playwright

from tests.first_morning.morning import spend
from tests.first_morning.pictures import FOLDER, PREFIX
from tests.first_morning.practice import BLOCKS, PAGE, practising
from tests.gateway.portal.browsers import CHROMIUM, launch

SHOWN = set(re.findall(r"\]\(pictures/morning-([a-z-]+)\.png\)", PAGE.read_text()))


def line_with(text, *words):
    """The first line that has all these words."""
    return next(line for line in text.splitlines() if all(word in line for word in words))


def numbers(line):
    """The last four numbers of a line: its outcomes."""
    return [int(number) for number in re.findall(r"(?<!\S)\d+(?!\S)", line)[-4:]]


def the_night_names_the_file_that_failed_and_the_rule_that_rows_broke(said):
    assert "not_csv" in line_with(said["night"], "sunrise", "since")
    assert "invalid_gender" in said["night"]


def the_reason_is_found(said):
    assert "Female is not m or f" in said["rows"]
    assert "Male is not m or f" in said["rows"]


def the_preview_shows_what_the_backfill_does(said):
    assert "Nothing was written." in said["preview"]
    assert "contact.value 3" in line_with(said["preview"], "values that would change")
    assert "contact.value 4" in line_with(said["preview"], "values kept because newer")
    assert "2 → 0" in said["preview"]


def the_difference_is_shown_without_a_value(said):
    assert "invalid_gender (Gender)" in said["diff"]
    for value in ("Female", "Ada", "example"):
        assert value not in said["diff"]


def the_newer_values_were_kept_and_what_only_the_old_file_had_was_taken(said):
    lineage = said["lineage"]
    email = line_with(lineage, "contact/email/main")
    assert "ben@three.example" in email
    assert "night-3.csv" in email
    assert "night-1.csv" in line_with(lineage, "ben@one.example")
    refused = line_with(lineage, "refused, kept that of")
    assert "night-2.csv" in refused
    assert email.split("night-3.csv")[1].split()[1] in refused, "it names the import that stayed"
    assert "night-2.csv" in line_with(lineage, "+12125550123")
    assert "two.example" not in lineage


def the_command_makes_a_backfill_in_dagster_that_changes_no_value(said):
    assert re.search(r"Backfill \w+ runs in Dagster: http://\S+/runs/b/\w+", said["backfill"])
    completed = [line for line in said["backfill"].splitlines() if "completed" in line]
    assert [numbers(line)[-1] for line in completed] == [0, 0, 0]


CLAIMS = (
    the_night_names_the_file_that_failed_and_the_rule_that_rows_broke,
    the_reason_is_found,
    the_preview_shows_what_the_backfill_does,
    the_difference_is_shown_without_a_value,
    the_newer_values_were_kept_and_what_only_the_old_file_had_was_taken,
    the_command_makes_a_backfill_in_dagster_that_changes_no_value,
)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here; .ci/run installs it")
def test_the_page_tells_what_happens(subtests):
    seen = set()
    with practising() as practice, sync_playwright() as playwright:
        browser = launch(playwright)
        said = spend(practice, browser, lambda _page, name, _clip: seen.add(name))
        browser.close()
    assert seen == SHOWN
    for claim in CLAIMS:
        with subtests.test(claim.__name__):
            claim(said)


def test_the_page_has_a_block_for_each_step():
    assert len(BLOCKS) == 10
    assert "sed -i" in BLOCKS[4]


def test_the_pictures_of_the_page_are_those_that_are_there():
    taken = {path.stem.removeprefix(PREFIX) for path in FOLDER.glob(f"{PREFIX}*.png")}
    assert taken == SHOWN
