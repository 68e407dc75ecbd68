"""The newcomer's table in CONTRIBUTING.md names files that exist."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TABLE = TEXT.partition("## To change … open …")[2].partition("\n## ")[0]
CHANGES = [line for line in TABLE.splitlines() if line.startswith("| ")][2:]


def paths(line: str) -> list[str]:
    """Paths that a row of the table names, without those that follow from the first one."""
    return [path for path in re.findall(r"`([\w./]+)`", line) if "/" in path.rstrip("/")]


def test_the_table_has_the_everyday_changes():
    assert len(CHANGES) >= 15


@pytest.mark.parametrize("line", CHANGES, ids=[line.split("|")[1].strip() for line in CHANGES])
def test_every_path_that_the_table_names_exists(line):
    named = paths(line)
    assert named
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_every_path_that_the_page_names_exists():
    named = set(re.findall(r"`((?:\w+/)+[\w.]+\.\w+)`", TEXT))
    assert len(named) > 20
    assert sorted(path for path in named if not (PROJECT / path).exists()) == []
