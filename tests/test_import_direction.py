"""Who may import whom: `cli → pipelines → assets → registry → rosters → schemas`.

`gateway` and `assets` do not import each other: they share the ledger and the landing area.
Dagster stays at the edge, so that everything else can be read, tested and run without it. Inside
`registry/` and `assets/` each package imports only those that come before it in `ORDERS`
(docs/decisions/012-the-house.md): a stage of an import knows no other stage. Inside `gateway/` API
and portal do not import each other; what both need is in `gateway/http/`, which imports neither.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

MAY_IMPORT = {
    "schemas": set(),
    "rosters": {"schemas"},
    "identity": {"schemas"},
    "registry": {"rosters", "schemas"},
    "assets": {"identity", "registry", "rosters", "schemas"},
    "gateway": {"registry", "rosters", "schemas"},
    "pipelines": {"assets", "identity", "registry", "rosters", "schemas"},
    "synthetic": set(),
    "cli": {
        "synthetic",
        "pipelines",
        "gateway",
        "assets",
        "identity",
        "registry",
        "rosters",
        "schemas",
    },
}
REGISTRY_ORDER = (
    {"settings", "ids", "processes", "tables"},
    {"logs", "telemetry"},
    {"database", "store"},
    {"marts"},
    {"migrations"},
    {"accounts"},
    {"ledger"},
    {"landing"},
    {"patients", "readiness"},
    {"decisions"},
    {"documents", "notifications", "requests", "webhooks"},
    {"keeping"},
)
ASSETS_ORDER = (
    {"error_places"},
    {"attempt_work", "code_versions", "error_redaction", "partitions", "resources", "steps"},
    {"column_lineage", "stage_runs", "staging_database"},
    {"lineage_events", "matching", "materialisation", "raw_rows"},
    {"handed_back", "standing_verdicts"},
    {"each_import"},
    {
        "landed_files",
        "staged_patients",
        "matched_patients",
        "patients",
        "result_files",
        "document_queries",
        "potential_duplicates",
    },
    {"duplicate_clusters"},
    {"imports", "preview"},
    {"trace"},
)
"""The stages of an import share the modules below them, and know no other stage."""
ORDERS = {"registry": REGISTRY_ORDER, "assets": ASSETS_ORDER}
"""Packages and modules inside a package, lowest first; those of one set do not know each other."""
DAGSTER_FILE_NAMES_IN_ASSETS = {"assets.py", "checks.py"}
DAGSTER_FILES = {
    "assets/each_import.py",
    "assets/handed_back.py",
    "assets/imports/work.py",
    "assets/materialisation.py",
    "assets/partitions.py",
    "assets/resources.py",
    "assets/standing_verdicts.py",
    "cli/services/dagster_ui.py",
}

APART_IN_GATEWAY = {
    "gateway.portal": ("gateway.api",),
    "gateway.api": ("gateway.portal",),
    "gateway.dagster_ui": ("gateway.api", "gateway.portal"),
    "gateway.http": ("gateway.api", "gateway.dagster_ui", "gateway.portal"),
}
"""Packages of `gateway/` and those that they must not import."""


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


def climbs(file: str, module: str) -> bool:
    """Whether a file imports a part of its own package that is not below the file's."""
    (top, own), (other_top, other) = (
        part_of(file.removesuffix(".py").replace("/", ".")),
        part_of(module),
    )
    if top != other_top or own is None or other is None or own == other:
        return False
    level = {name: place for place, names in enumerate(ORDERS[top]) for name in names}
    return level[other] >= level[own]


def crosses_in_gateway(file: str, module: str) -> bool:
    """Whether a file of `gateway/` imports a package from which its own is kept apart."""
    own = ".".join(file.split("/")[:2])
    apart = APART_IN_GATEWAY.get(own, ())
    return f"{module}.".startswith(tuple(f"{each}." for each in apart))


def part_of(module: str) -> tuple[str, str | None]:
    """`("registry", "ledger")` of `registry.ledger.claims`; no part where there is no order."""
    top, *rest = module.removesuffix(".__init__").split(".")
    return top, rest[0] if top in ORDERS and rest else None


def faults(source: str, file: str) -> list[str]:
    """What a file imports and must not, as lines to read in a failed test."""
    top, *_ = file.split("/")
    found = []
    for line, module in imported_modules(source, file):
        target = module.split(".")[0]
        upward = target in MAY_IMPORT and target != top and target not in MAY_IMPORT[top]
        dagster = target.startswith("dagster") and not may_import_dagster(file)
        inside = climbs(file, module) or crosses_in_gateway(file, module)
        if upward or dagster or inside:
            found.append(f"{file}:{line} imports {module}")
    return found


def test_every_file_imports_only_what_lies_below_it():
    found = []
    for package in MAY_IMPORT:
        for path in sorted((PROJECT / package).rglob("*.py")):
            found += faults(path.read_text(), path.relative_to(PROJECT).as_posix())
    assert found == []


def python_files(package: str) -> dict[str, str]:
    """Source by file of a top-level package."""
    paths = sorted((PROJECT / package).rglob("*.py"))
    return {path.relative_to(PROJECT).as_posix(): path.read_text() for path in paths}


def sibling_imports(sources: Mapping[str, str]) -> dict[str, dict[str, set[str]]]:
    """Which module or package imports which other one of the same folder, by folder.

        cli/imports/running.py: from cli.services import listening
        → {"cli": {"imports": {"services"}}}

    Nothing imports a `__main__`, so what it imports closes no circle.
    """
    modules = {file.removesuffix(".py").replace("/", "."): file for file in sources}
    known = {name.removesuffix(".__init__") for name in modules}
    graphs: dict[str, dict[str, set[str]]] = {}
    for module, file in modules.items():
        if module.endswith(".__main__"):
            continue
        for _, imported in imported_modules(sources[file], file):
            target = imported if imported in known else imported.rpartition(".")[0]
            own, other = module.removesuffix(".__init__").split("."), target.split(".")
            shared = next(
                (i for i, names in enumerate(zip(own, other, strict=False)) if len(set(names)) > 1),
                0,
            )
            if target in known and shared:
                graph = graphs.setdefault(".".join(own[:shared]), {})
                graph.setdefault(own[shared], set()).add(other[shared])
    return graphs


def circles(sources: Mapping[str, str]) -> list[str]:
    """Circles of imports between modules or packages of one folder, as lines to read."""
    found = []
    for folder, graph in sibling_imports(sources).items():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            found.append(f"{folder}: {' ← '.join(error.args[1])}")
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_modules_or_packages_import_each_other(package):
    assert circles(python_files(package)) == []


@pytest.mark.parametrize(
    "sources",
    [
        {
            "cli/imports/running.py": "from cli.services import listening",
            "cli/services/listening.py": "from cli.imports.running import run_one",
        },
        {
            "cli/a.py": "import cli.b",
            "cli/b.py": "def late():\n    from cli import c",
            "cli/c.py": "from cli.a import x",
        },
        {
            "assets/patients/apply.py": "from assets.patients import facts",
            "assets/patients/facts.py": "from .apply import apply",
        },
        {
            "gateway/http/__init__.py": "from gateway.api.problems import problem",
            "gateway/api/problems.py": "from gateway.http import links",
        },
    ],
    ids=["packages", "three modules", "inside a package", "by its __init__"],
)
def test_a_circle_of_imports_is_found(sources):
    assert len(circles(sources)) == 1


@pytest.mark.parametrize(
    "sources",
    [
        {
            "cli/imports/running.py": "from cli.services import listening\nfrom cli import output",
            "cli/services/listening.py": "import socket",
            "cli/output.py": "",
        },
        {
            "gateway/api/__main__.py": "from gateway.web_application import create_web",
            "gateway/web_application.py": "from gateway.api.app import create_app",
            "gateway/api/app.py": "",
        },
        {"cli/a.py": "from cli.imports import b", "cli/imports/b.py": "import json"},
    ],
    ids=["two packages", "a program", "a module and a package"],
)
def test_imports_in_one_direction_are_no_circle(sources):
    assert circles(sources) == []


@pytest.mark.parametrize("package", ORDERS)
def test_every_part_of_a_package_has_its_place_in_the_order(package):
    paths = (PROJECT / package).iterdir()
    parts = {path.stem for path in paths if path.stem[0] not in "_." and path.name != "sql"}
    assert parts == set().union(*ORDERS[package])


def test_no_top_level_package_shadows_a_module_of_the_standard_library():
    packages = {path.name for path in PROJECT.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert "registry" in packages
    assert packages & sys.stdlib_module_names == set()


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("schemas/patient.py", "import registry.tables.ledger"),
        ("rosters/layout.py", "from registry.ledger import imports"),
        ("registry/accounts/api_keys.py", "from registry.ledger.imports import Import"),
        ("registry/requests/awaiting_file.py", "from registry.webhooks import outbox"),
        ("registry/ledger/imports.py", "from assets.patients import apply"),
        ("registry/ledger/imports.py", "def late():\n    from pipelines import jobs"),
        ("assets/matching/keys.py", "from ... import gateway"),
        ("assets/patients/apply.py", "from assets.matched_patients.match import match_import"),
        ("assets/landed_files/land.py", "from assets.patients import apply"),
        ("assets/matching/keys.py", "from assets.matched_patients import match"),
        ("assets/staging_database.py", "from assets.preview import preview"),
        ("gateway/portal/app.py", "from pipelines.jobs import process_pending"),
        ("gateway/portal/error_pages.py", "from gateway.api.problems import STATUS_OF"),
        ("gateway/portal/app.py", "from gateway import api"),
        ("gateway/api/app.py", "from gateway.portal.app import create_portal"),
        ("gateway/http/middleware.py", "from gateway.api.problems import problem"),
        ("gateway/http/errors.py", "import gateway.portal"),
        ("pipelines/sensors.py", "import gateway"),
        ("assets/staged_patients/normalise.py", "import dagster as dg"),
        ("assets/staged_patients/normalise.py", "from dagster_dbt import DbtProject"),
        ("assets/staged_patients/partitions.py", "import dagster as dg"),
        ("registry/ledger/imports.py", "from dagster import asset"),
        ("cli/main.py", "from dagster import DagsterInstance"),
    ],
)
def test_an_import_in_the_wrong_direction_is_found(file, source):
    assert len(faults(source, file)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("assets/staged_patients/assets.py", "import dagster as dg\nfrom registry import ledger"),
        ("assets/staged_patients/checks.py", "import dagster as dg"),
        ("assets/patients/apply.py", "from assets.matching.match import match"),
        ("assets/preview.py", "from assets.landed_files.land import land"),
        ("assets/partitions.py", "import dagster as dg"),
        ("assets/resources.py", "import dagster as dg"),
        ("pipelines/definitions.py", "import dagster as dg\nfrom assets import staged_patients"),
        ("gateway/api/app.py", "from registry.landing import receive\nfrom schemas import formats"),
        ("gateway/portal/app.py", "from gateway.http.middleware import Edge"),
        ("gateway/web_application.py", "from gateway.api import app\nimport gateway.portal.app"),
        ("cli/main.py", "from gateway import api\nfrom pipelines import jobs"),
        ("registry/ledger/claims.py", "from . import imports\nfrom .imports import Import"),
        ("registry/ledger/claims.py", "from registry.accounts.accounts import Account"),
    ],
)
def test_an_import_in_the_right_direction_passes(file, source):
    assert faults(source, file) == []
