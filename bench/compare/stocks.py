"""Stocks with so many patients: made once, kept between cases and runs, and copied where needed.

The first people of a stock came by a real import, so that a file of theirs finds them; the others
were multiplied from them by SQL. A stock of 0 patients is kept too, because its tables take a
while.
"""

import sys
import time
from dataclasses import dataclass

from bench.compare.rosters import Files
from bench.compare.ways import Way
from synthetic.layouts import Format

_WORK = "measured"
_MOST_GROWTH = 0.1


@dataclass(frozen=True)
class Stock:
    """A registry of one format's `patients`; the files of a case name the first `base`."""

    file_format: Format
    patients: int
    base: int

    def __str__(self) -> str:
        return f"{self.file_format}_{self.patients}_of_{self.base}"


def kept(way: Way, stored: Stock, files: Files) -> str:
    """The name of the kept stock of this way, which is made unless it is there."""
    name = f"kept_{way.shape}_{stored}"
    if way.has(name):
        if way.count(name) <= stored.patients * (1 + _MOST_GROWTH):
            return name
        way.drop(name)  # measured imports made it grow, because it is too large to be copied
    _say(f"making {name}")
    began, part = time.monotonic(), f"part_{way.shape}"
    way.make(part, stored.file_format)
    if stored.patients:
        with way.opened(part, stored.file_format) as load:
            load(files.of(stored.file_format, stored.base))
        way.multiply(part, stored.file_format, stored.patients // stored.base - 1)
    way.settle(part)
    if way.count(part) != stored.patients:
        raise RuntimeError(f"{part} has {way.count(part)} patients, not {stored.patients}")
    way.drop(name)
    way.rename(part, name)
    _say(f"made {name} in {time.monotonic() - began:.0f} s")
    return name


def working(way: Way, stored: Stock, files: Files, growth: int) -> str:
    """A stock to measure in, at rest, that `growth` rows will be added to.

    A copy, so that each round finds the same; the kept one itself where so few rows change nothing
    and a copy would take longer than the round.
    """
    name = kept(way, stored, files)
    if not is_large(stored, growth):
        way.drop(_WORK)
        way.copy(name, _WORK)
        name = _WORK
    way.settle(name)
    return name


def is_large(stored: Stock, growth: int) -> bool:
    """Whether a stock is so large that rounds follow one another in it."""
    return growth * 20 <= stored.patients and stored.patients > 2_000_000  # noqa: PLR2004


def release(way: Way) -> None:
    """Remove the copy that was measured in."""
    way.drop(_WORK)


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
