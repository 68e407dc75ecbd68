"""Which imports were cut off. Pure functions of what the ledger and Dagster say."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import dagster as dg

from registry.ledger.claims import Unfinished

ENDED = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

AFTER_FAILURE_SECONDS = 60.0
"""Pause after a failed run, doubled with each further claim: a full disk, say, needs time."""
LONGEST_SECONDS = 3600.0
WITHOUT_RUN_SECONDS = 600.0
"""Pause for a claimed import without a run. Dagster creates about one run a second; if it is killed
before, the run never comes. An import whose first stages alone an engineer materialised has no run
either."""

LOST_SECONDS = 10.0
"""For one whose run is known to be lost before it began, the first time. The code server was killed
while it launched the run, or before Dagster heard that a run was wanted."""


class Judgement(NamedTuple):
    """Imports to claim again now, and since when each import has been seen without a run."""

    due: list[Unfinished]
    since: dict[str, float]


def find_interrupted(
    unfinished: Sequence[Unfinished],
    under_way: AbstractSet[str],
    statuses: Mapping[str, dg.DagsterRunStatus],
    since: Mapping[str, float],
    now: float,
    lost: AbstractSet[str] = frozenset(),
) -> Judgement:
    """Imports in processing that no run has worked on for long enough.

    Args:
        unfinished: imports in processing.
        under_way: partitions that a queued or started run works on.
        statuses: of the imports' last runs, by run id, as far as Dagster knows them.
        since: `since` of the previous judgement.
        now: `time.monotonic()`.
        lost: partitions whose run ended before it began.
    """
    kept: dict[str, float] = {}
    due = []
    for each in unfinished:
        if each.imported.partition_key in under_way:
            continue
        name = f"{each.imported.partition_key}#{each.imported.claims}"
        # A time in the future was measured before a reboot.
        kept[name] = min(since.get(name, now), now)
        if now - kept[name] >= patience(each, statuses, lost):
            due.append(each)
    return Judgement(due, kept)


def patience(
    each: Unfinished,
    statuses: Mapping[str, dg.DagsterRunStatus],
    lost: AbstractSet[str] = frozenset(),
) -> float:
    """How many seconds an import is left alone although no run works on it."""
    is_lost = each.imported.partition_key in lost
    if is_lost and each.imported.claims <= 1:
        return LOST_SECONDS
    if not is_lost and statuses.get(each.run_id or "") not in ENDED:
        return WITHOUT_RUN_SECONDS
    doubled = AFTER_FAILURE_SECONDS * 2.0 ** min(max(each.imported.claims - 1, 0), 10)
    return min(doubled, LONGEST_SECONDS)
