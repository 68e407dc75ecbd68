"""Which imports were cut off. Pure functions of what the ledger and Dagster say."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from registry.ledger.due_imports import Unfinished

AFTER_FAILURE_SECONDS = 60.0
"""Pause after a failed run, doubled with each further claim: a full disk, say, needs time.

Nobody waits so long for a worker that crashed: its run is retried by Dagster (`run_retries`)."""
LONGEST_SECONDS = 3600.0

WITHOUT_HOLDER_SECONDS = 15.0
"""How long a run may be started without holding the lock of the import that it works on, as it does
while PostgreSQL restarts."""


class Judgement(NamedTuple):
    """Imports to run again now, runs that are gone, and since when each was seen so."""

    due: list[Unfinished]
    gone: list[str]
    since: dict[str, float]


def find_interrupted(
    unfinished: Sequence[Unfinished],
    under_way: AbstractSet[str],
    started: AbstractSet[str],
    since: Mapping[str, float],
    now: float,
) -> Judgement:
    """Imports in processing that no run has worked on for long enough.

    Args:
        unfinished: imports in processing.
        under_way: partitions that a queued or started run works on.
        started: ids of runs that Dagster takes for started.
        since: `since` of the previous judgement.
        now: `time.monotonic()`.
    """
    kept: dict[str, float] = {}
    due, gone = [], []
    for each in unfinished:
        is_started = each.run_id in started
        if each.is_at_work or (each.imported.partition_key in under_way and not is_started):
            continue
        name = f"{each.imported.partition_key}#{each.imported.claims}{'!' if is_started else ''}"
        # A time in the future was measured before a reboot.
        kept[name] = min(since.get(name, now), now)
        patient = WITHOUT_HOLDER_SECONDS if is_started else patience(each.imported.claims)
        if now - kept[name] < patient:
            continue
        due.append(each)
        if is_started:
            gone.append(each.run_id or "")
    return Judgement(due, gone, kept)


def patience(claims: int) -> float:
    """How many seconds an import is left alone after its run failed."""
    doubled = AFTER_FAILURE_SECONDS * 2.0 ** min(max(claims - 1, 0), 10)
    return min(doubled, LONGEST_SECONDS)
