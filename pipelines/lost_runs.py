"""Runs that Dagster takes for started although their process is gone. A pure function.

Dagster learns of it from the code server that started the run. If that one is gone too, or the run
was in the process of a command, nobody tells it.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from pipelines.interrupted_imports import WITHOUT_HOLDER_SECONDS


class Lost(NamedTuple):
    """Ids of runs that are gone, and since when each was seen without its lock."""

    gone: list[str]
    since: dict[str, float]


def find_lost(
    started: AbstractSet[str], at_work: AbstractSet[str], since: Mapping[str, float], now: float
) -> Lost:
    """Started runs that have not been at work for long enough.

    Args:
        started: ids of the runs that Dagster takes for started.
        at_work: ids of those that hold their lock, or that of an import.
        since: `since` of the previous call.
        now: `time.monotonic()`.
    """
    # A time in the future was measured before a reboot.
    kept = {_name(run): min(since.get(_name(run), now), now) for run in started - at_work}
    gone = [run for run in started if now - kept.get(_name(run), now) >= WITHOUT_HOLDER_SECONDS]
    return Lost(sorted(gone), kept)


def _name(run_id: str) -> str:
    return f"run {run_id}"
