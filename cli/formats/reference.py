"""The pages that are made from the code: formats, issue codes, commands and settings.

    make docs

writes them below docs/, and the formats' columns for the marts; a test fails while they are out of
date.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

from cli import output
from cli.main import COMMANDS, load
from registry.settings import CONCERNS, ENV_PREFIX
from registry.settings.concern import ConcernSettings
from schemas.catalogue import FORMATS
from schemas.reference import format_page, issue_page, known_columns
from schemas.rules import Circumstances

FOLDER = Path(__file__).parents[2] / "docs"
MADE = "<!-- Made by `python -m cli.formats.reference`; edit the code instead. -->"

INTRODUCTION = """\
Exit codes: 0 done, 2 the file failed as a whole, 1 anything else. With `--json`, results are JSON
on stdout, and errors are `{"error": code, "message": text}` on stderr. `ROSTERLINE_DEBUG=1` shows
the traceback of an error. What can be set stands in [settings](settings.md)."""

Parameter = Any
"""An option or argument of typer, whose base class is private."""


def pages() -> dict[str, str]:
    """The pages by file name, seen from docs/."""
    formats = {
        f"formats/{name}.md": format_page(each, Circumstances(date(2026, 1, 1), ("High", "Low")))
        for name, each in FORMATS.items()
    }
    reference = {
        "commands.md": commands_page(),
        "settings.md": settings_page(),
        "issue-codes.md": issue_page(),
    }
    seeds = {"../dbt/seeds/known_columns.csv": known_columns()}
    return {f"reference/{name}": text for name, text in reference.items()} | formats | seeds


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command that does something, with its full name, in the order of `--help`."""
    for name in COMMANDS:
        yield from _below(f"rosterline {name}", load(name))


def commands_page() -> str:
    """All commands with their options, as markdown."""
    parts = [
        MADE,
        "# Commands",
        INTRODUCTION,
        *(_command(name, command) for name, command in commands()),
    ]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """All settings by concern, as markdown."""
    head = f"{MADE}\n\n# Settings\n\nEach is an environment variable; none is needed to start."
    return "\n\n".join([head, *_concerns()]) + "\n"


def _concerns() -> Iterator[str]:
    shown: set[str] = set()
    for concern in CONCERNS:
        rows = [
            f"| `{ENV_PREFIX}{name.upper()}` | {_default(field.default)} | {field.description} |"
            for name, field in concern.model_fields.items()
            if name not in shown
        ]
        shown |= set(concern.model_fields)
        table = ["| variable | default | what it is |", "| --- | --- | --- |", *rows]
        yield f"## {_title(concern)}\n\n" + "\n".join(table)


def _title(concern: type[ConcernSettings]) -> str:
    first_line, _, _ = (concern.__doc__ or "").partition("\n")
    return first_line.removesuffix(".")


def _below(name: str, command: TyperCommand | TyperGroup) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for part, inner in command.commands.items():
            yield from _below(f"{name} {part}", inner)  # type: ignore[arg-type]
    else:
        yield name, command


def _command(name: str, command: TyperCommand) -> str:
    shown = [each for each in command.params if each.name != "help"]
    arguments = [each for each in shown if isinstance(each, TyperArgument)]
    words = [_word(each) for each in arguments]
    usage = " ".join([name, *words, *(["[OPTIONS]"] if len(arguments) < len(shown) else [])])
    lines = [f"- {_spelling(each)}: {_help(each)}" for each in shown]
    return "\n".join([f"## {name}", "", f"`{usage}`", "", command.help or "", "", *lines])


def _word(argument: Parameter) -> str:
    word = str(argument.metavar or argument.name.upper()).strip("[]")
    return word if argument.required else f"[{word}]"


def _spelling(parameter: Parameter) -> str:
    if isinstance(parameter, TyperArgument):
        return f"`{_word(parameter)}`"
    return ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))


def _help(parameter: Parameter) -> str:
    said = [parameter.help or ""]
    if not isinstance(parameter, TyperArgument):
        if parameter.required:
            said.append("Required.")
        elif parameter.default not in (None, False, ()):
            said.append(f"Default: `{parameter.default}`.")
    return " ".join(said)


def _default(value: object) -> str:
    if isinstance(value, tuple):
        value = ",".join(value)
    return "not set" if value is None else f"`{value}`"


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text)
        output.note(f"written: docs/{name}")


if __name__ == "__main__":
    main()
