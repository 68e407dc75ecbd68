"""Code versions of the stages: what changes them, and what does not."""

import shutil

import pytest

from assets.code_versions import PROJECT, _digest, code_version
from pipelines.jobs import STAGES


@pytest.fixture
def project(tmp_path):
    """A copy of the code that decides how a row ends."""
    for folder in ("assets", "rosters", "schemas"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=ignored)
    return tmp_path


def versions(project):
    _digest.cache_clear()  # as in a new process
    return {stage: code_version(stage, project) for stage in STAGES}


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("schemas/thoroughcare/__init__.py", set(STAGES) - {"patients"}),
        ("assets/matching/sql/find_vetoes.sql", {"matched_patients"}),
        ("assets/staged_patients/judge.py", {"staged_patients"}),
        ("assets/patients/sql/list_part_rows.sql", {"patients"}),
        ("assets/patients/assets.py", set()),
    ],
)
def test_a_changed_rule_changes_the_version_of_the_stages_that_read_it(project, file, changed):
    before = versions(project)
    with (project / file).open("a") as opened:
        opened.write("\n-- another rule\n")
    after = versions(project)
    assert {stage for stage in STAGES if before[stage] != after[stage]} == changed


def test_the_same_code_elsewhere_has_the_same_version(project):
    assert versions(project) == {stage: code_version(stage) for stage in STAGES}
