"""Who may import whom: `cli → pipelines → assets → registry → schemas`, `gateway → registry`.

The gateway and the pipelines meet in the ledger and the landing area, never in code. Dagster
stays at the edge, so that everything else can be read, tested and run without it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

MAY_IMPORT = {
    "schemas": set(),
    "registry": {"schemas"},
    "assets": {"registry", "schemas"},
    "gateway": {"registry", "schemas"},
    "pipelines": {"assets", "registry", "schemas"},
    "cli": {"pipelines", "gateway", "assets", "registry", "schemas"},
}
DAGSTER_FILE_NAMES_IN_ASSETS = {"assets.py", "checks.py"}
DAGSTER_FILES = {"assets/partitions.py", "assets/resources.py", "assets/materialise.py"}


def imported_modules(source: str, file: str) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that a file imports, inside functions too."""
    package = file.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = [*start, *([node.module] if node.module else [])]
            for alias in node.names:
                yield node.lineno, ".".join([*base, alias.name])


def may_import_dagster(file: str) -> bool:
    top, *_, name = file.split("/")
    if top == "pipelines" or file in DAGSTER_FILES:
        return True
    return top == "assets" and name in DAGSTER_FILE_NAMES_IN_ASSETS


def faults(source: str, file: str) -> list[str]:
    """What a file imports and must not, as lines to read in a failed test."""
    top, *_ = file.split("/")
    found = []
    for line, module in imported_modules(source, file):
        target = module.split(".")[0]
        upward = target in MAY_IMPORT and target != top and target not in MAY_IMPORT[top]
        dagster = target.startswith("dagster") and not may_import_dagster(file)
        if upward or dagster:
            found.append(f"{file}:{line} imports {module}")
    return found


def test_every_file_imports_only_what_lies_below_it():
    found = []
    for package in MAY_IMPORT:
        for path in sorted((PROJECT / package).rglob("*.py")):
            found += faults(path.read_text(), path.relative_to(PROJECT).as_posix())
    assert found == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("schemas/patient.py", "import registry.tables"),
        ("registry/ledger.py", "from assets.patients import apply"),
        ("registry/ledger.py", "def late():\n    from pipelines import jobs"),
        ("assets/matched/keys.py", "from ... import gateway"),
        ("gateway/portal.py", "from pipelines.jobs import process_pending"),
        ("pipelines/sensors.py", "import gateway"),
        ("assets/staged/normalise.py", "import dagster as dg"),
        ("assets/staged/normalise.py", "from dagster_dbt import DbtProject"),
        ("assets/staged/partitions.py", "import dagster as dg"),
        ("registry/ledger.py", "from dagster import asset"),
        ("cli/main.py", "from dagster import DagsterInstance"),
    ],
)
def test_an_import_in_the_wrong_direction_is_found(file, source):
    assert len(faults(source, file)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("assets/staged/assets.py", "import dagster as dg\nfrom registry import ledger"),
        ("assets/staged/checks.py", "import dagster as dg"),
        ("assets/partitions.py", "import dagster as dg"),
        ("assets/resources.py", "import dagster as dg"),
        ("pipelines/definitions.py", "import dagster as dg\nfrom assets import staged"),
        ("gateway/api.py", "from registry.ledger import receive\nfrom schemas import formats"),
        ("cli/main.py", "from gateway import api\nfrom pipelines import jobs"),
        ("registry/ledger.py", "from . import tables\nfrom .tables import metadata"),
    ],
)
def test_an_import_in_the_right_direction_passes(file, source):
    assert faults(source, file) == []
