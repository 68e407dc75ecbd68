"""Plant known faults in a clean roster, and report the place of each."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from synthetic.faults import FAULTS, Effect, Fault
from synthetic.layouts import HEADERLESS, LINE_ENDS, Format, first_line, headers
from synthetic.random_draws import Dice

_EXTRA_FIELD = "left over"
_SHORT_FIELDS = 3  # one fewer than the required fields of ptdirect


@dataclass(frozen=True)
class Plant:
    """One planted fault.

    `line` is the row number that a spreadsheet shows, the header being line 1. `columns` are the
    damaged ones by header; `like_line` is the row that a copy was made from.
    """

    line: int
    code: str
    effect: Effect
    columns: tuple[str, ...]
    like_line: int | None


@dataclass(frozen=True)
class Dirty:
    """A dirty roster: its records as they are written, header included, and its faults."""

    format_name: Format
    records: list[list[str]]
    plants: list[Plant]

    def write(self, path: Path) -> None:
        """Write the file in UTF-8 with the format's line ends; a blank record is an empty line."""
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator=LINE_ENDS[self.format_name]).writerows(self.records)


@dataclass
class _Line:
    cells: list[str]
    fault: Fault | None = None
    like: "_Line | None" = None


def dirty(
    roster: pl.DataFrame,
    format_name: Format,
    seed: int,
    faults: Sequence[Fault] | None = None,
    times: int = 1,
) -> Dirty:
    """Plant each of `faults` (default: all of the format) `times` times, each time in another row.

    `roster` comes from `synthetic.layouts.roster`.

    Raises:
        ValueError: the roster has too few rows.
    """
    wanted = tuple(FAULTS[format_name] if faults is None else faults) * times
    lines = [_Line(list(cells)) for cells in roster.fill_null("").iter_rows()]
    free = [lines[position] for position in _shuffled(len(lines), seed)]
    for fault in wanted:
        _plant(fault, lines, free, headers(format_name))
    return Dirty(
        format_name, _records(lines, format_name), list(_plants(lines, first_line(format_name)))
    )


def _shuffled(count: int, seed: int) -> list[int]:
    order = Dice(np.arange(count, dtype=np.uint64), seed).below("planting order", 2**62)
    return [int(place) for place in np.argsort(order, kind="stable")]


def _plant(fault: Fault, lines: list[_Line], free: list[_Line], names: list[str]) -> None:
    base = _take_row(free, fault.needs, names)
    if fault.edit in ("blank", "commas"):
        cells = [""] * len(names) if fault.edit == "commas" else []
        lines.insert(_position(lines, base), _Line(cells, fault))
    elif fault.edit == "header first":
        lines.insert(0, _Line(list(names), fault))
    elif fault.edit == "copy":
        donor = _take_row(free, (fault.donor,), names) if fault.donor else base
        lines.append(_Line(_damaged(base, donor, fault, names), fault, like=base))
    else:
        base.cells, base.fault = _damaged(base, base, fault, names), fault


def _take_row(free: list[_Line], needs: Sequence[str], names: list[str]) -> _Line:
    """Take the first free row with all needed cells filled in."""
    wanted = [names.index(name) for name in needs]
    for place, line in enumerate(free):
        if all(line.cells[column] for column in wanted):
            return free.pop(place)
    raise ValueError(
        f"too few rows to plant every fault: none left with {', '.join(needs) or 'anything'}"
    )


def _position(lines: list[_Line], wanted: _Line) -> int:
    return next(place for place, line in enumerate(lines) if line is wanted)


def _damaged(base: _Line, donor: _Line, fault: Fault, names: list[str]) -> list[str]:
    row = dict(zip(names, base.cells, strict=True))
    new = {name: cell if isinstance(cell, str) else cell(row) for name, cell in fault.cells.items()}
    if fault.donor:
        new[fault.donor] = donor.cells[names.index(fault.donor)]
    cells = list((row | new).values())
    match fault.edit:
        case "extra field":
            return [*cells, _EXTRA_FIELD]
        case "short":
            return cells[:_SHORT_FIELDS]
        case "padded":
            return [f" {cell} " for cell in cells]
        case _:
            return cells


def _records(lines: list[_Line], format_name: Format) -> list[list[str]]:
    head = [] if format_name in HEADERLESS else [headers(format_name)]
    return head + [line.cells for line in lines]


def _plants(lines: list[_Line], start: int) -> Iterator[Plant]:
    numbers = {id(line): number for number, line in enumerate(lines, start)}
    for line in lines:
        if line.fault is not None:
            fault = line.fault
            columns = (*fault.cells, fault.donor) if fault.donor else tuple(fault.cells)
            like = None if line.like is None else numbers[id(line.like)]
            yield Plant(numbers[id(line)], fault.code, fault.effect, columns, like)
