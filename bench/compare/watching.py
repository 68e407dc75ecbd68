"""Running something while time, processor, memory and PostgreSQL's counters are watched."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from bench.compare.figures import MIB, Figures
from bench.compare.server import Server, spent
from bench.memory import Sampling

_SAMPLE_SECONDS = 5.0
_LOOK_SECONDS = 0.05


class Failed(Exception):
    """A way of loading ended with an error. The message is the end of what it said."""


def watch_command(
    server: Server,
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    steps: Callable[[str], Mapping[str, float]],
) -> tuple[Figures, str]:
    """Run a command to its end. Returns its figures and its standard output.

    `steps` reads the seconds of its steps from that output. The peak is that of the process
    itself. What it says as errors goes to `log`.

    Raises:
        Failed: it ended with another code than 0.
    """
    before, began = server.counters(), time.perf_counter()
    with log.open("w+") as errors, subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
    ) as process, _Peak(process.pid) as peak:  # fmt: skip
        output = process.stdout.read() if process.stdout else ""
        # Not Popen.wait(): this one tells what the process took, with its children.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
    after = server.counters()
    if process.returncode:
        program = Path(command[0]).name  # without where this machine has it
        raise Failed(f"{program} ended with {process.returncode}: {_end_of(log, output)}")
    figures = Figures(
        seconds,
        used.ru_utime + used.ru_stime,
        after.processor_seconds - before.processor_seconds,
        peak.mib,
        after.wal_bytes - before.wal_bytes,
        after.rows_written - before.rows_written,
        steps(output),
    )
    return figures, output


def watch_services(server: Server, home: Path, work: Callable[[], Mapping[str, float]]) -> Figures:
    """Do something that the services of a home carry out; `work` returns seconds by step.

    Processor time and memory are those of all processes of that home, whatever else they do
    meanwhile. The time is that of `work`.
    """
    peak = 0.0

    def note() -> None:
        nonlocal peak
        peak = max(peak, sum(_resident(each) for each in processes_of(home)))

    before, own, began = server.counters(), spent_by(home), time.perf_counter()
    with Sampling(note, _SAMPLE_SECONDS):
        steps = work()
        seconds = time.perf_counter() - began
    note()
    after = server.counters()
    return Figures(
        seconds,
        spent_by(home) - own,
        after.processor_seconds - before.processor_seconds,
        peak / MIB,
        after.wal_bytes - before.wal_bytes,
        after.rows_written - before.rows_written,
        steps,
    )


def json_steps(output: str) -> dict[str, float]:
    """The steps of a load of ours: a JSON object on the last line."""
    said: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return said


def command_steps(output: str) -> dict[str, float]:
    """Seconds of the stages, as `rosterline import --json` says them."""
    said: dict[str, Any] = json.loads(output)
    seconds: dict[str, float] = said["seconds"]
    return seconds


def processes_of(home: Path) -> Iterator[psutil.Process]:
    """The processes that were started for a home of Rosterline."""
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            if each.environ().get("ROSTERLINE_HOME") == str(home):
                yield each


class _Peak(Sampling):
    """The most memory that a process had resident, which the system keeps until it ends.

    Not `ru_maxrss`: that begins with the memory of whoever started the process.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(self._note, _LOOK_SECONDS)
        self.mib = 0.0
        self._status = Path(f"/proc/{pid}/status")

    def _note(self) -> None:
        with suppress(OSError):
            for line in self._status.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self.mib = int(line.split()[1]) / 1024


def spent_by(home: Path) -> float:
    """Processor seconds of all processes of a home, so far."""
    return sum(map(spent, processes_of(home)))


def _resident(process: psutil.Process) -> float:
    """Its memory; what several processes share counts in part for each, where the system tells."""
    with suppress(psutil.Error):
        memory = process.memory_full_info()
        return float(getattr(memory, "pss", 0) or memory.rss)
    return 0.0


def _end_of(log: Path, output: str) -> str:
    return (log.read_text() + output)[-2000:]
