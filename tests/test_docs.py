"""What can be used is documented, and the reference pages are those of this code."""

import re
from pathlib import Path

import pytest
from typer.core import TyperArgument

from cli.formats import reference
from registry.settings import Settings

COMMANDS = dict(reference.commands())
PROJECT = Path(__file__).parent.parent
PAGES = sorted(
    [*(PROJECT / "docs").rglob("*.md")]
    + [PROJECT / f"{name}.md" for name in ("README", "CONTRIBUTING", "GLOSSARY", "CHANGELOG")]
)
FOLDERS = (
    "assets", "bench", "cli", "dbt", "docs", "gateway", "identity", "pipelines", "registry",
    "rosters", "schemas", "synthetic", "tests",
)  # fmt: skip
READERS_OWN = {"receiver.py"}
"""Files that a page lets its reader write."""

FILES = [
    path.relative_to(PROJECT).as_posix()
    for folder in FOLDERS
    for path in (PROJECT / folder).rglob("*")
]


def missing_paths(text: str) -> list[str]:
    """Paths into our folders that a text names and that do not exist."""
    named = re.findall(rf"(?<![\w./:<>-])((?:{'|'.join(FOLDERS)})/[\w./-]*\w)", text)
    return sorted({path for path in named if not (PROJECT / path).exists()})


def missing_files(text: str) -> list[str]:
    """Names of source files in backticks, such as `send.py`, that no file has."""
    named = re.findall(r"`((?:\w+/)*\w+\.(?:py|sql))`", text)
    endings = {f"/{name}" for name in named if name not in READERS_OWN}
    return sorted(end[1:] for end in endings if not any(f"/{f}".endswith(end) for f in FILES))


def missing_modules(text: str) -> list[str]:
    """Modules that a text runs with `python -m` and that do not exist."""
    named = set(re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)+)", text))
    as_paths = {name: PROJECT / name.replace(".", "/") for name in named}
    return sorted(
        name
        for name, path in as_paths.items()
        if not path.with_suffix(".py").exists() and not (path / "__main__.py").exists()
    )


def missing_targets(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", text)
    return sorted({each for each in targets if not (page.parent / each).exists()})


def test_a_path_that_does_not_exist_is_found():
    text = "`schemas/kinds.py`, registry/landing/, `schemas/gone.py`: see https://a.example/docs/x"
    assert missing_paths(text) == ["schemas/gone.py"]
    assert missing_files("`kinds.py` and `gone.py`, `tables/enums.py`") == ["gone.py"]
    assert missing_modules(
        "python -m assets.trace; python -m gateway.api; python -m bench.gone"
    ) == ["bench.gone"]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(PROJECT)) for page in PAGES])
def test_every_path_module_and_link_of_a_page_exists(page):
    text = page.read_text(encoding="utf-8")
    assert missing_paths(text) == []
    assert missing_files(text) == []
    assert missing_modules(text) == []
    assert missing_targets(page, text) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name):
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name}"
        assert isinstance(parameter, TyperArgument) or parameter.help.endswith((".", "`."))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name):
    assert (Settings.model_fields[name].description or "").endswith(".")


@pytest.mark.parametrize(("name", "text"), reference.pages().items(), ids=list(reference.pages()))
def test_a_reference_page_is_up_to_date(name, text):
    assert (reference.FOLDER / name).read_text() == text, "run `python -m cli.formats.reference`"
