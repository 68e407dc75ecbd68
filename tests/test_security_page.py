"""Each threat of docs/security.md names a test, and that test exists."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PAGE = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?!threat|---)(.+) \|$", re.MULTILINE)
NAMED = re.compile(r"^`(tests/[\w/]+\.py)::([\w:]+)`$")


def names_in(path: Path) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        within = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {prefix + each.name for each in within if isinstance(each, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("row", ROW.findall(PAGE))
def test_each_threat_names_a_test_that_exists(row):
    threat, stands, test = row.split(" | ")
    assert threat
    assert stands
    named = NAMED.match(test)
    assert named, test
    assert named[2] in names_in(PROJECT / named[1])
