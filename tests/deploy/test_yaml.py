"""YAML's own rules over the files of deploy/ that are YAML as they stand."""

import pytest

from tests.deploy.conftest import DEPLOY

yamllint = pytest.importorskip("yamllint.linter", reason="`make deploy-tools` installs yamllint")
RULES = """
extends: default
rules:
  line-length: {max: 120, allow-non-breakable-inline-mappings: true, level: warning}
  document-start: disable
  braces: {max-spaces-inside: 0}
  indentation: {spaces: 2, indent-sequences: whatever}
  comments: {min-spaces-from-content: 1}
  truthy: {check-keys: false}
"""
FILES = sorted(p for p in DEPLOY.rglob("*.yaml") if "templates" not in p.parts)


@pytest.mark.parametrize("path", FILES, ids=[str(each.relative_to(DEPLOY)) for each in FILES])
def test_yamllint_finds_nothing(path):
    from yamllint.config import YamlLintConfig

    found = yamllint.run(path.read_text(), YamlLintConfig(RULES))
    assert [str(each) for each in found if each.level == "error"] == []


def test_yamllint_finds_a_key_that_is_there_twice():
    from yamllint.config import YamlLintConfig

    assert [each.rule for each in yamllint.run("a: 1\na: 2\n", YamlLintConfig(RULES))] == [
        "key-duplicates"
    ]
