"""The page "The first morning", typed: its blocks in their order, in a copy of this checkout.

One test for all that is claimed: each worker of pytest would type the whole page anew.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs/tasks/first-morning.md"
LEFT_OUT = (".*", "docs", "tests", "bench", "*.egg-info", "__pycache__", "build", "dist")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
END_OF_BLOCK = "=== end of block ==="


@pytest.fixture
def typed():
    """What each block of the page prints, by its last command's name."""
    # Not below pytest's folder: as root the embedded server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="rosterline-test-"))
    checkout = folder / "checkout"
    shutil.copytree(PROJECT, checkout, ignore=shutil.ignore_patterns(*LEFT_OUT))
    folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(checkout),
        "COLUMNS": "200",
    }
    script = f"\necho '{END_OF_BLOCK}'\n".join(BLOCKS)
    try:
        ran = subprocess.run(
            [shutil.which("bash") or "", "-euo", "pipefail", "-c", script],
            cwd=checkout, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield [part.strip() for part in ran.stdout.split(END_OF_BLOCK)]
    finally:
        down = [str(Path(sys.executable).with_name("rosterline")), "down"]
        subprocess.run(down, cwd=checkout, env=environment, capture_output=True, check=False)
        shutil.rmtree(folder)


def line_with(text, *words):
    """The first line that has all these words."""
    return next(line for line in text.splitlines() if all(word in line for word in words))


def numbers(line):
    """The last four numbers of a line: its outcomes."""
    return [int(number) for number in re.findall(r"(?<!\S)\d+(?!\S)", line)[-4:]]


def the_nights_are_imported_and_the_error_share_rises(typed):
    assert numbers(line_with(typed[1], "night-1.csv")) == [3, 0, 0, 0]
    night, _, status = typed[2].partition("What needs a hand")
    assert "33.3%" in line_with(night, "harbor")
    assert "invalid_gender" in night
    assert numbers(line_with(status, "night-2.csv")) == [0, 1, 0, 2]
    assert numbers(line_with(status, "night-3.csv")) == [0, 2, 0, 1]


def the_reason_is_found(typed):
    assert numbers(line_with(typed[3], "invalid_gender"))[:1] == [2]
    assert "Female is not m or f" in typed[3]
    assert "Male is not m or f" in typed[3]


def the_preview_shows_what_the_backfill_does(typed):
    preview, ran = typed[5], typed[6]
    assert "Nothing was written." in preview
    assert "contact.value 3" in line_with(preview, "values that would change")
    assert "contact.value 4" in line_with(preview, "values kept because newer")
    assert "2 → 0" in preview
    completed = [line for line in ran.splitlines() if "completed" in line]
    assert [numbers(line)[-1] for line in completed] == [0, 0, 0]


def the_difference_is_shown_without_a_value(typed):
    difference = typed[6].partition("outcome before")[2]
    assert "invalid_gender (Gender)" in difference
    for value in ("Female", "Ada", "example"):
        assert value not in difference


def the_newer_values_were_kept_and_what_only_the_old_file_had_was_taken(typed):
    lineage = typed[7]
    email = line_with(lineage, "contact/email/main")
    assert "ben@three.example" in email
    assert "night-3.csv" in email
    assert "night-1.csv" in line_with(lineage, "ben@one.example")
    refused = line_with(lineage, "refused, kept that of")
    assert "night-2.csv" in refused
    assert email.split("night-3.csv")[1].split()[1] in refused, "it names the import that stayed"
    assert "night-2.csv" in line_with(lineage, "+12125550123")
    assert "two.example" not in lineage


CLAIMS = (
    the_nights_are_imported_and_the_error_share_rises,
    the_reason_is_found,
    the_preview_shows_what_the_backfill_does,
    the_difference_is_shown_without_a_value,
    the_newer_values_were_kept_and_what_only_the_old_file_had_was_taken,
)


@pytest.mark.slow
def test_the_page_tells_what_happens(typed, subtests):
    for claim in CLAIMS:
        with subtests.test(claim.__name__):
            claim(typed)


def test_the_page_has_a_block_for_each_step():
    assert len(BLOCKS) == 9
    assert "sed -i" in BLOCKS[4]
