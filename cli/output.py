"""What commands print: tables and lines for people, JSON for scripts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console()
errors = Console(stderr=True)

STYLES = {
    "created": "green",
    "updated": "cyan",
    "unchanged": "bright_black",
    "errored": "red",
    "error": "red",
    "warning": "yellow",
    "info": "blue",
    "waiting": "yellow",
    "processing": "cyan",
    "held": "yellow",
    "unpacked": "green",
    "completed": "green",
    "failed": "red",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
}
"""The colour of a word, the same in every table."""

NOTHING = "-"
"""Shown where there is no value."""

_WANTS_JSON = "rosterline.json"


def _remember(ctx: typer.Context, wanted: bool) -> bool:  # noqa: FBT001 - how typer calls it
    # cli/main.py prints errors, and does not know the options of the command.
    ctx.meta[_WANTS_JSON] = wanted
    return wanted


Json = Annotated[
    bool,
    typer.Option("--json", callback=_remember, is_eager=True, help="Print JSON for scripts."),
]


def wants_json(ctx: typer.Context) -> bool:
    """Whether the running command was given `--json`."""
    return bool(ctx.meta.get(_WANTS_JSON))


def say_json(value: object) -> None:
    """Print a value as JSON; times, ids and paths become text."""
    said = json.dumps(value, default=_as_text, indent=2, ensure_ascii=False)
    console.out(said, highlight=False)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def fail(code: str, message: str, *, as_json: bool) -> None:
    """Print on stderr why the command ends, in red or as JSON."""
    if as_json:
        errors.out(json.dumps({"error": code, "message": message}), highlight=False)
    else:
        errors.print(Text.assemble(("Error: ", "bold red"), (message, "red")), soft_wrap=True)


def note(message: str) -> None:
    """Print a remark on stderr, so that stdout holds the result only."""
    errors.print(Text(message, "bright_black"), soft_wrap=True)


def word(text: str) -> Text:
    """A word in its colour."""
    return Text(text, STYLES.get(text, ""))


def count(number: int | None, name: str) -> Text:
    """A number in the colour of what it counts; zero and unknown numbers are grey."""
    if number is None:
        return Text(NOTHING, "bright_black")
    return Text(f"{number:,}", STYLES.get(name, "") if number else "bright_black")


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    title: str | None = None,
    dense: bool = False,
) -> Table:
    """A table in the style of all commands.

    Args:
        headers: the names of the columns.
        rows: cells of each row, as text or as anything that `str` turns into text.
        right: columns of numbers, aligned to the right.
        whole: columns whose cells users copy, so that they are never broken into lines.
        title: printed above.
        dense: leave one space between columns.
    """
    made = Table(
        box=box.SIMPLE_HEAD,
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=not dense,
        collapse_padding=True,
        padding=(0, 0) if dense else (0, 1),
    )
    for header in headers:
        made.add_column(
            header,
            justify="right" if header in right else "left",
            no_wrap=header in (*right, *whole),
            overflow="fold",
        )
    for row in rows:
        # As Text, so that rich does not read a square bracket in a file name as markup.
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return made


def facts(pairs: Mapping[str, str | Text | None]) -> Table:
    """Names and values, one a line; values that are None are left out."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="bright_black")
    made.add_column(overflow="fold")
    for name, value in pairs.items():
        if value is not None:
            made.add_row(name, value if isinstance(value, Text) else Text(value))
    return made


def say_facts(pairs: Mapping[str, str | None], *, as_json: bool) -> None:
    """Print names and values, as JSON or one a line."""
    if as_json:
        say_json(pairs)
    else:
        console.print(facts(pairs))


def moment(instant: datetime) -> str:
    """A time as text, in UTC, to the minute."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def short(text: str, length: int) -> str:
    """A name in at most `length` characters; the middle is cut, because the end tells more.

    short("november-roster.csv", 12) → "novembe….csv"
    """
    if len(text) <= length:
        return text
    kept_at_end = length // 3
    return f"{text[: length - kept_at_end - 1]}…{text[-kept_at_end:]}"


def place(path: Path | str) -> str:
    """A path as it can be typed in the current folder; the address of a bucket as it is."""
    if "://" in str(path):
        return str(path)
    path = Path(path)
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
