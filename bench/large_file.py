"""What a large file takes: memory by stage, and disk by kind.

    python -m bench.large_file --rows 1000000 [--format thoroughcare] [--again] [--json]

Runs the `rosterline` command in a fresh, temporary ROSTERLINE_HOME below --folder, which should be
a real disk: what is in a folder that is in memory counts as memory. While the import runs, memory
and disk are looked at twice a second. With --again the same file is imported once more, when all
its rows are unchanged. Needs `rosterline` installed in the environment of this Python.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.home import ACCOUNT, COMMAND, SEED, at_home, in_a_home
from bench.memory import MIB, Sampling, bytes_now
from registry.database.connections import connect
from registry.settings import Settings
from synthetic.layouts import metriport_csv, thoroughcare_csv
from synthetic.people import people

_SAMPLE_SECONDS = 0.5
_WRITERS = {"metriport": metriport_csv, "thoroughcare": thoroughcare_csv}
_KINDS = {
    "archive": "archive",
    "staging": "staging",
    "spill": "staging/spill",
    "results": "results",
    "PostgreSQL": "postgres",
    "write-ahead log": "postgres/pg_wal",
}
"""Folders of the home, of which one that stands inside another is not counted with it."""


@dataclass(frozen=True)
class Sample:
    """Bytes at one moment: of the command, of PostgreSQL, and of each kind of disk."""

    at: datetime
    command: int
    server: int
    disk: Mapping[str, int]


class Watch(Sampling):
    """The samples of memory and disk during an import."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(self._note, _SAMPLE_SECONDS)
        self.samples: list[Sample] = []
        self._pid, self._home = pid, home

    def _note(self) -> None:
        memory = bytes_now(self._pid, self._home)
        self.samples.append(Sample(datetime.now(UTC), *memory, disk_now(self._home)))


def disk_now(home: Path) -> dict[str, int]:
    """Bytes on the disk by kind; what a folder of another kind holds counts there alone."""
    folders = {home / folder: kind for kind, folder in _KINDS.items()}
    found = dict.fromkeys(_KINDS, 0)
    for top in (home / folder for folder in _KINDS.values() if "/" not in folder):
        kinds = {top: folders[top]}
        for folder, below, files in os.walk(top):
            kind = kinds.pop(Path(folder))
            kinds |= {Path(folder, b): folders.get(Path(folder, b), kind) for b in below}
            found[kind] += sum(_size(Path(folder, file)) for file in files)
    return found


def _size(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except FileNotFoundError:  # removed since the listing
        return 0


@dataclass(frozen=True)
class Measured:
    """One import. Peaks in MiB: of memory by stage, of the disk by kind; and what stays there."""

    name: str
    rows: int
    file_mib: float
    seconds: dict[str, float]
    command_mib: dict[str, float]
    all_mib: dict[str, float]
    disk_mib: dict[str, float]
    whole_disk_mib: float
    left_mib: dict[str, float]
    counts: dict[str, int]


def measure(format_name: str, rows: int, folder: Path, *, again: bool) -> list[Measured]:
    """Import a file of new patients into a fresh registry, and `again` unchanged."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-", dir=folder) as scratch:
        home, file = Path(scratch, "home"), Path(scratch, "roster.csv")
        _WRITERS[format_name](people(rows, SEED), file)
        with in_a_home(home) as rosterline:
            rosterline("account", "add", ACCOUNT, "--format", format_name)
            if format_name == "metriport":
                rosterline("facility", "add", "--account", ACCOUNT, "Main")
            names = ["all new", *(["all unchanged"] if again else [])]
            return [_import(name, file, rows, home) for name in names]


def _import(name: str, file: Path, rows: int, home: Path) -> Measured:
    command = [COMMAND, "import", str(file), "--account", ACCOUNT, "--json"]
    process = subprocess.Popen(command, env=at_home(home), stdout=subprocess.PIPE, text=True)
    with Watch(process.pid, home) as watch:
        output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    said: dict[str, Any] = json.loads(output)
    stages = _stages(home)
    disk = {kind: max(each.disk[kind] for each in watch.samples) / MIB for kind in _KINDS}
    return Measured(
        name,
        rows,
        file.stat().st_size / MIB,
        said["seconds"],
        {stage: _peak(watch.samples, *when, server=False) for stage, when in stages.items()},
        {stage: _peak(watch.samples, *when, server=True) for stage, when in stages.items()},
        disk,
        max(sum(each.disk.values()) for each in watch.samples) / MIB,
        {kind: size / MIB for kind, size in disk_now(home).items()},
        said["counts"],
    )


def _stages(home: Path) -> dict[str, tuple[datetime, datetime]]:
    """When each stage of the newest attempt began and ended."""
    with connect(Settings(home=home)) as connection:
        rows = connection.execute(
            "SELECT stage, started_at, seconds FROM attempt_stage WHERE import_id ="
            " (SELECT import_id FROM attempt_stage ORDER BY started_at DESC LIMIT 1)"
            " ORDER BY started_at"
        ).fetchall()
    return {stage: (began, began + timedelta(seconds=seconds)) for stage, began, seconds in rows}


def _peak(samples: Sequence[Sample], began: datetime, ended: datetime, *, server: bool) -> float:
    """Most MiB that a sample of this time shows; 0 for a stage that is too short for one."""
    seen = (each for each in samples if began <= each.at <= ended)
    return max((each.command + server * each.server for each in seen), default=0) / MIB


def table(measured: Sequence[Measured]) -> str:
    """The measurements as text."""
    lines = []
    for each in measured:
        lines.append(f"{each.name}: {each.rows:,} rows, {each.file_mib:,.0f} MiB")
        lines += [
            f"  {stage:<18}{each.seconds.get(stage, 0):>8.1f} s"
            f"  peak {each.command_mib[stage]:>6,.0f} MiB,"
            f" with PostgreSQL {each.all_mib[stage]:>6,.0f} MiB"
            for stage in each.command_mib
        ]
        lines += [
            f"  {kind:<18}peak {peak:>8,.0f} MiB, stays {each.left_mib[kind]:>8,.0f} MiB"
            for kind, peak in each.disk_mib.items()
        ]
        lines.append(f"  {'whole disk':<18}peak {each.whole_disk_mib:>8,.0f} MiB")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Import --rows rows, and print memory by stage and disk by kind."""
    parser = argparse.ArgumentParser(prog="python -m bench.large_file", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows (default 1000000)")
    parser.add_argument("--format", choices=list(_WRITERS), default="thoroughcare")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on a real disk")
    parser.add_argument("--again", action="store_true", help="the same file a second time")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    measured = measure(asked.format, asked.rows, asked.folder, again=asked.again)
    said = json.dumps([asdict(each) for each in measured]) if asked.json else table(measured)
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main()
