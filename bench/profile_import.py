"""Where the processor time of an import goes, by stage and by step.

    python -m bench.profile_import --rows 100000 [--stored 100000] [--top 25] [--json]

Imports new Metriport rows in this process, into a fresh home, and the same file again, when nothing
changes. Twenty times a second it looks where the import is: at which step of SQL, or else in which
function of ours. What this process and PostgreSQL took since the look before counts there. Threads
that work beside the import's own (DuckDB's, and the one that makes batches) count where that one
is, which may be waiting for them.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from bench.compare.server import spent
from bench.home import ACCOUNT, SEED, in_a_home
from bench.memory import Sampling
from registry.database.connections import connect
from registry.database.embedded_server import find_postmaster
from registry.settings import Settings
from synthetic.layouts import metriport_csv
from synthetic.people import people

_LOOK_SECONDS = 0.05
_ROOT = Path(__file__).parents[1]
_OURS = tuple(
    f"{_ROOT / package}{os.sep}"
    for package in ("assets", "pipelines", "registry", "rosters", "schemas", "identity", "cli")
)


@dataclass
class Spent:
    """Seconds at a place: on the clock, of processors in this process, and in PostgreSQL."""

    seconds: float = 0.0
    own: float = 0.0
    server: float = 0.0

    @property
    def processor(self) -> float:
        """Of both together."""
        return self.own + self.server


class Profile(Sampling):
    """What is spent while the body runs, by stage and place."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(self._look, _LOOK_SECONDS)
        self.found: defaultdict[tuple[str, str], Spent] = defaultdict(Spent)
        self._thread_id = threading.get_ident()
        self._settings = settings
        self._last = self._clocks()

    def _look(self) -> None:
        place = _place(sys._current_frames()[self._thread_id])  # noqa: SLF001 - there is no other way
        now = self._clocks()
        seconds, own, server = (
            after - before for after, before in zip(now, self._last, strict=True)
        )
        at = self.found[place]
        at.seconds, at.own, at.server = at.seconds + seconds, at.own + own, at.server + server
        self._last = now

    def _clocks(self) -> tuple[float, float, float]:
        found = find_postmaster(self._settings)
        server = sum(map(spent, [found.process, *found.process.children()])) if found else 0.0
        return time.perf_counter(), time.process_time(), server


def _place(frame: FrameType | None) -> tuple[str, str]:
    """The stage, and the innermost step or function of ours; of a step, with its module."""
    place, stage = "", "around the stages"
    while frame is not None:
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if name == "run_steps" and not place and frame.f_back and "step" in frame.f_locals:
            module = Path(frame.f_back.f_code.co_filename)
            place = f"{_short(module)}: step {frame.f_locals['step'].name}"
        elif not place and file.startswith(_OURS):
            place = f"{_short(Path(file))}: {name}"
        if name == "_timed" and "stage" in frame.f_locals:
            stage = frame.f_locals["stage"].name
        frame = frame.f_back
    return stage, place or "libraries"


def _short(path: Path) -> str:
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


def measure(rows: int, stored: int) -> dict[str, dict[tuple[str, str], Spent]]:
    """Profiles of `rows` new rows, into `stored` patients, and of the same ones unchanged."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home, file, before = (Path(folder) / name for name in ("home", "new.csv", "before.csv"))
        metriport_csv(people(rows, SEED, start=stored), file)
        with in_a_home(home) as rosterline:
            rosterline("account", "add", ACCOUNT, "--format", "metriport")
            rosterline("facility", "add", "--account", ACCOUNT, "Main")
            if stored:
                metriport_csv(people(stored, SEED), before)
                rosterline("import", str(before), "--account", ACCOUNT)
            settings = Settings(home=home, database_url=None)
            return {name: _profiled(settings, file) for name in ("new", "unchanged")}


def _profiled(settings: Settings, file: Path) -> dict[tuple[str, str], Spent]:
    # Loaded here, as the command does, so that it counts as a part of the first import.
    from pipelines.command_runs import run_import  # noqa: PLC0415
    from registry.accounts.accounts import get_account  # noqa: PLC0415
    from registry.landing.receive import receive  # noqa: PLC0415

    with Profile(settings) as profile:
        with connect(settings) as connection:
            account = get_account(connection, ACCOUNT)
            at = datetime.now(UTC)
            imported = receive(connection, settings, account, file, source="cli", received_at=at)
        run_import(settings, imported)
    return dict(profile.found)


def table(found: dict[tuple[str, str], Spent], top: int) -> str:
    """The stages, then the `top` places, as Markdown; those with the most processor time first."""
    stages: defaultdict[str, Spent] = defaultdict(Spent)
    for (stage, _), at in found.items():
        whole = stages[stage]
        whole.seconds += at.seconds
        whole.own += at.own
        whole.server += at.server
    places = sorted(found.items(), key=lambda each: -each[1].processor)[:top]
    lines = [
        *(_line(stage, "", at) for stage, at in stages.items()),
        *(_line(stage, place, at) for (stage, place), at in places),
    ]
    head = "| stage | step or function | seconds | ours, processor s | PostgreSQL's |\n"
    return f"{head}| --- | --- | ---: | ---: | ---: |\n{''.join(lines)}"


def _line(stage: str, place: str, at: Spent) -> str:
    return f"| {stage} | {place} | {at.seconds:.2f} | {at.own:.2f} | {at.server:.2f} |\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Profile both imports, and print a table of each, or JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.profile_import",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=100_000, help="of the file (100000)")
    parser.add_argument("--stored", type=int, default=0, help="patients before it (0)")
    parser.add_argument("--top", type=int, default=25, help="places in the table (25)")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    measured = measure(asked.rows, asked.stored)
    if asked.json:
        said = {
            name: [
                {"stage": stage, "place": place, **asdict(at)} for (stage, place), at in f.items()
            ]
            for name, f in measured.items()
        }
        sys.stdout.write(json.dumps(said) + "\n")
        return
    for name, found in measured.items():
        sys.stdout.write(f"{asked.rows:,} rows, all {name}\n\n{table(found, asked.top)}\n")


if __name__ == "__main__":
    main()
