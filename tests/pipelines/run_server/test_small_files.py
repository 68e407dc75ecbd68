"""What the worker of small files takes, and what it leaves to the sensors."""

from typing import NamedTuple

import pytest

from pipelines.run_server.loaded_code import PACKAGES, state_of_code
from pipelines.run_server.small_files import FEW_FILES, SMALL_BYTES, chosen


class Due(NamedTuple):
    """What is looked at of an import that is due."""

    name: str
    account_id: int = 1
    dry_run: bool = False
    byte_count: int = 100
    source: str = "api"


def names(*batches):
    return [each.name for each in chosen(batches)]


def test_the_first_import_of_each_account_is_taken_and_every_check():
    due = (Due("a1"), Due("a2"), Due("b1", 2), Due("check", 1, dry_run=True))
    assert names(due) == ["check", "a1", "b1"]


def test_where_many_files_wait_only_checks_are_taken():
    many = tuple(Due(f"f{n}", n) for n in range(FEW_FILES + 1))
    assert names(many, (Due("check", dry_run=True),)) == ["check"]


@pytest.mark.parametrize("left", [{"byte_count": SMALL_BYTES + 1}, {"source": "cli"}])
def test_a_large_file_and_one_of_a_command_are_left_with_those_behind_them(left):
    assert names((Due("first")._replace(**left), Due("second"))) == []


def test_a_change_of_the_code_is_seen(tmp_path):
    package = tmp_path / PACKAGES[0]
    package.mkdir()
    (package / "module.py").write_text("A = 1\n")
    before = state_of_code(tmp_path)
    assert state_of_code(tmp_path) == before
    (package / "step.sql").write_text("SELECT 1\n")
    assert state_of_code(tmp_path) != before
