"""How long an import takes: new Metriport rows into a registry with as many patients.

    python -m bench.import_speed --rows 100000 [--json]

Runs the `rosterline` command in a fresh, temporary ROSTERLINE_HOME: one file into the empty
registry, a second one of other people, and the second again (which changes nothing). Then the same
with a tenth of the rows, to show how the time grows with the size. Needs `rosterline` installed in
the environment of the Python that runs this.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.memory import run_measured
from synthetic.layouts import metriport_csv
from synthetic.people import people

SEED = 7
ACCOUNT = "bench"
_SMALLER = 10
COMMAND = str(Path(sys.executable).with_name("rosterline"))


@dataclass(frozen=True)
class Measured:
    """One import: `seconds` by stage as the command reports them, `wall_seconds` of the process."""

    name: str
    rows: int
    seconds: dict[str, float]
    wall_seconds: float
    counts: dict[str, int]
    peak_command_mib: float
    peak_all_mib: float

    @property
    def stage_seconds(self) -> float:
        """Seconds of all stages together, without the start of the command."""
        return sum(self.seconds.values())


def measure(rows: int) -> list[Measured]:
    """Make three imports of `rows` rows each in a fresh registry, and return them."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home, first, second = (Path(folder) / name for name in ("home", "first.csv", "second.csv"))
        metriport_csv(people(rows, SEED), first)
        metriport_csv(people(rows, SEED, start=rows), second)
        with in_a_home(home) as rosterline:
            rosterline("account", "add", ACCOUNT, "--format", "metriport")
            rosterline("facility", "add", "--account", ACCOUNT, "Main")
            files = {"into empty": first, "all new": second, "all unchanged": second}
            return [import_file(name, file, rows, at_home(home)) for name, file in files.items()]


@contextmanager
def in_a_home(home: Path) -> Iterator[Callable[..., None]]:
    """Yield the `rosterline` command for this home; stop everything that it started at the end."""

    def rosterline(*arguments: str) -> None:
        subprocess.run([COMMAND, *arguments], env=at_home(home), check=True, stdout=sys.stderr)

    try:
        yield rosterline
    finally:
        rosterline("down")


def at_home(home: Path) -> dict[str, str]:
    """The environment of a command over this home."""
    environment = os.environ | {"ROSTERLINE_HOME": str(home)}
    environment.pop("ROSTERLINE_DATABASE_URL", None)
    return environment


def import_file(name: str, file: Path, rows: int, environment: dict[str, str]) -> Measured:
    """Import a file with the command, and measure it."""
    command = [COMMAND, "import", str(file), "--account", ACCOUNT, "--format", "metriport"]
    home = Path(environment["ROSTERLINE_HOME"])
    started = time.perf_counter()
    ran = run_measured([*command, "--json"], environment, home)
    wall = time.perf_counter() - started
    said: dict[str, Any] = json.loads(ran.output)
    peaks = (ran.peak_command_mib, ran.peak_all_mib)
    return Measured(name, rows, said["seconds"], wall, said["counts"], *peaks)


def growth(small: Sequence[Measured], large: Sequence[Measured]) -> dict[str, float]:
    """Return by import how many times longer the large file took; 10 is proportional to size."""
    pairs = zip(small, large, strict=True)
    return {one.name: other.stage_seconds / one.stage_seconds for one, other in pairs}


def table(measured: Sequence[Measured]) -> str:
    """Return the measurements as text, a line an import, a column a stage."""
    stages = list(dict.fromkeys(stage for each in measured for stage in each.seconds))
    head = [
        "import",
        "rows",
        *stages,
        "stages s",
        "wall s",
        "rows/s",
        "peak MiB",
        "with PostgreSQL",
    ]
    lines = [head, *(_cells(each, stages) for each in measured)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )


def _cells(each: Measured, stages: Sequence[str]) -> list[str]:
    return [
        each.name,
        f"{each.rows:,}",
        *(f"{each.seconds.get(stage, 0):.2f}" for stage in stages),
        f"{each.stage_seconds:.2f}",
        f"{each.wall_seconds:.2f}",
        f"{each.rows / each.wall_seconds:,.0f}",
        f"{each.peak_command_mib:,.0f}",
        f"{each.peak_all_mib:,.0f}",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure imports of --rows and of a tenth of it, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.import_speed", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows a file (default 100000)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    small, large = measure(asked.rows // _SMALLER), measure(asked.rows)
    grown = growth(small, large)
    if asked.json:
        imports = [asdict(each) for each in (*small, *large)]
        said = json.dumps({"imports": imports, "times_longer_for_10_times_the_rows": grown})
    else:
        ratios = ", ".join(f"{name} {ratio:.1f}" for name, ratio in grown.items())
        said = f"{table([*small, *large])}\n\nTimes longer for {_SMALLER} times the rows: {ratios}"
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main()
