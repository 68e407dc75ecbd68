"""Earlier runs as JSON, one a line: medians of each case and way, and on which commit.

A run may have some of the cases. The page shows of each case the newest run that has it.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.compare.cases import Result
from bench.compare.figures import Figures

HISTORY = Path(__file__).with_name("history.jsonl")


@dataclass(frozen=True)
class Measured:
    """A case by one way in one run."""

    at: str
    commit: str
    case: str
    title: str
    way: str
    way_title: str
    rounds: int
    load_average: float
    cores: int
    figures: Figures | None
    reason: str = ""

    @property
    def day(self) -> str:
        """When it was measured."""
        return self.at[:10]


def recorded(results: Iterable[Result]) -> Iterator[Measured]:
    """Results of a run as the history keeps them, each when it comes."""
    at, commit = datetime.now(UTC).isoformat(timespec="seconds"), _commit()
    for each in results:
        yield Measured(at, commit, each.case, each.title, each.way, each.way_title,
                       len(each.rounds), each.load_average, os.cpu_count() or 0,
                       each.median if each.rounds else None, each.reason)  # fmt: skip


def append(measured: Measured, path: Path = HISTORY) -> None:
    """Add a line to the history, at once: a run that is cut off loses what follows only."""
    with path.open("a") as file:
        file.write(json.dumps(_rounded(asdict(measured))) + "\n")


def read(path: Path = HISTORY) -> list[Measured]:
    """All runs, the oldest first."""
    if not path.exists():
        return []
    return [_measured(json.loads(line)) for line in path.read_text().splitlines()]


def newest(history: Sequence[Measured]) -> dict[str, list[Measured]]:
    """By case, what its newest run has."""
    at = {each.case: each.at for each in history}  # the last one wins
    found: dict[str, list[Measured]] = {case: [] for case in at}
    for each in history:
        if each.at == at[each.case]:
            found[each.case].append(each)
    return found


def _measured(said: dict[str, Any]) -> Measured:
    figures = said.pop("figures")
    return Measured(**said, figures=Figures(**figures) if figures else None)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
