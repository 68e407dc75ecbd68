"""Statements in files: found by name, read once, and none that no module of its folder names."""

import re
from pathlib import Path

import pytest

from registry.database.statements import Statements

PROJECT = Path(__file__).parents[3]
FOLDERS = [*sorted((PROJECT / "registry").rglob("sql")), *sorted((PROJECT / "assets").rglob("sql"))]


@pytest.fixture
def statements(tmp_path):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "list_all.sql").write_text("-- All.\nSELECT {columns} FROM import;\n")
    (tmp_path / "sql" / "count_all.sql").write_text("SELECT count(*) FROM import\n")
    return Statements(str(tmp_path / "module.py"))


def test_a_statement_is_found_by_the_name_of_its_file(statements):
    assert statements["list_all"] == "-- All.\nSELECT {columns} FROM import"
    assert sorted(statements) == ["count_all", "list_all"]
    assert len(statements) == 2


def test_a_name_without_a_file_is_refused_with_its_path(statements):
    with pytest.raises(KeyError, match=r"no_such\.sql"):
        statements["no_such"]


@pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda folder: str(folder.parent.relative_to(PROJECT))
)
def test_every_file_is_run_by_a_module_beside_it(folder):
    code = "".join(path.read_text() for path in folder.parent.glob("*.py"))
    named = set(re.findall(r"""["'](\w+)(?:\.sql)?["']""", code))
    assert {path.stem for path in folder.glob("*.sql")} - named == set()


@pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda folder: str(folder.parent.relative_to(PROJECT))
)
def test_every_statement_that_a_module_names_has_a_file(folder):
    code = "".join(path.read_text() for path in folder.parent.glob("*.py"))
    named = set(re.findall(r"""_(?:SQL|STEPS)\[["'](\w+)["']\]""", code))
    assert named - {path.stem for path in folder.glob("*.sql")} == set()
