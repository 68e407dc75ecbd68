"""What is measured: cases, each carried out by the ways that can."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.compare.figures import Figures, median
from bench.compare.ours import Services
from bench.compare.rosters import Files
from bench.compare.stocks import Stock, is_large, release, working
from bench.compare.watching import Failed
from bench.compare.ways import Way
from synthetic.layouts import Format

Share = Literal["new", "unchanged", "changed"]
SHARES: dict[Share, str] = {
    "new": "all new", "unchanged": "all unchanged", "changed": "10 % changed",
}  # fmt: skip


@dataclass(frozen=True)
class FileCase:
    """A file of so many rows, of which a share is new or changed, into so many patients."""

    file_format: Format
    rows: int
    share: Share
    stored: Stock

    @property
    def key(self) -> str:
        """Its name in the history."""
        return f"{self.file_format}-{self.rows}-{self.share}-into-{self.stored.patients}"

    @property
    def title(self) -> str:
        """Its name on the page."""
        rows = "One row" if self.rows == 1 else f"{self.rows:,} rows"
        return f"{rows} of {self.file_format}, {SHARES[self.share]}, into {self._into}"

    @property
    def _into(self) -> str:
        known = self.stored.patients or (0 if self.share == "new" else self.rows)
        return f"{known:,} patients"


@dataclass(frozen=True)
class ArrivalCase:
    """Many files at once, or none, which only the services of Rosterline can do."""

    key: str
    title: str
    measure: Callable[[Services, str, int], Figures]
    """Of the services, a stock, and the number of the round."""
    stored: Stock


Case = FileCase | ArrivalCase


@dataclass(frozen=True)
class Result:
    """A case by one way: the rounds that were made, or why there is none."""

    case: str
    title: str
    way: str
    way_title: str
    rounds: Sequence[Figures] = ()
    reason: str = ""
    load_average: float = 0.0

    @property
    def median(self) -> Figures:
        """Of the rounds."""
        return median(self.rounds)


@dataclass
class Bench:
    """Carries out cases.

    `rounds` is how often; a way that took longer than `patience` seconds is not measured again.
    """

    ways: Sequence[Way]
    services: Services
    files: Files
    rounds: int
    patience: float
    results: list[Result] = field(default_factory=list)

    def measure(self, case: Case) -> Iterator[Result]:
        """Results of a case as they come."""
        ways = self.ways if isinstance(case, FileCase) else [self.services]
        for way in ways:
            if lacks := way.lacks():
                yield Result(case.key, case.title, way.name, way.title, reason=f"lacks {lacks}")
                continue
            if isinstance(way, Services) and case.stored.file_format != "metriport":
                continue  # the API takes Metriport's files
            yield self._measured(case, way)
        self.files.clear()

    def _measured(self, case: Case, way: Way) -> Result:
        rounds, reason = [], ""
        busy = os.getloadavg()[0]
        try:
            rounds = self._rounds(case, way)
        except (Failed, RuntimeError, OSError) as error:
            reason = str(error)
            sys.stderr.write(f"{case.key}, {way.name}: {reason}\n")
        finally:
            release(way)
        return Result(case.key, case.title, way.name, way.title, rounds, reason, busy)

    def _rounds(self, case: Case, way: Way) -> list[Figures]:
        rounds: list[Figures] = []
        for figures in self._one_after_the_other(case, way):
            rounds.append(figures)
            sys.stderr.write(f"{case.key}, {way.name}: {figures.seconds:.2f} s\n")
            if len(rounds) == self.rounds or figures.seconds > self.patience:
                break
        return rounds

    def _one_after_the_other(self, case: Case, way: Way) -> Iterator[Figures]:
        if isinstance(case, ArrivalCase):
            stock = working(way, case.stored, self.files, 0)
            for number in range(self.rounds):
                yield case.measure(self.services, stock, number)
        elif case.share == "new":
            yield from self._new(case, way)
        else:
            yield from self._known(case, way)

    def _new(self, case: FileCase, way: Way) -> Iterator[Figures]:
        """Each round finds as many patients as the others, or nearly so."""
        growth = case.rows * self.rounds
        stock = working(way, case.stored, self.files, growth)
        for number in range(self.rounds):
            if number and is_large(case.stored, growth):
                way.settle(stock)
            elif number:
                stock = working(way, case.stored, self.files, growth)
            before = way.count(stock)
            file = self.files.of(case.file_format, case.rows, start=before)
            with way.opened(stock, case.file_format) as load:
                yield load(file)
            _require_added(way, stock, before, case.rows)

    def _known(self, case: FileCase, way: Way) -> Iterator[Figures]:
        """The same people in each round; in one stock, because nobody is added."""
        stock = working(way, case.stored, self.files, 0)
        with way.opened(stock, case.file_format) as load:
            load(self.files.of(case.file_format, case.rows))
            for number in range(self.rounds):
                moved = number if case.share == "changed" else None
                way.settle(stock)
                yield load(self.files.of(case.file_format, case.rows, moved=moved))


def _require_added(way: Way, stock: str, before: int, rows: int) -> None:
    # The services' warm-up adds a patient of its own.
    if way.count(stock) - before not in {rows, rows + 1}:
        raise RuntimeError(f"{way.name} did not add {rows} rows to the {before} before")
