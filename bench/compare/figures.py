"""What one round of one way of loading took, and the median of several."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MIB = 2**20


@dataclass(frozen=True)
class Figures:
    """One round.

    Processor seconds are of the loading processes and of PostgreSQL apart. `peak_mib` is resident
    memory of the loading side. `wal_bytes` and `rows_written` (inserted, updated, deleted, those
    of work tables too) are PostgreSQL's own counts. `steps` are the seconds that a way tells of
    itself.
    """

    seconds: float
    own_processor_seconds: float
    server_processor_seconds: float
    peak_mib: float
    wal_bytes: float
    rows_written: float
    steps: Mapping[str, float] = field(default_factory=dict)


def median(rounds: Sequence[Figures]) -> Figures:
    """Each figure's median over the rounds, of which there is at least one."""

    def middle(name: str) -> float:
        return float(statistics.median(getattr(each, name) for each in rounds))

    steps = dict.fromkeys(step for each in rounds for step in each.steps)
    return Figures(
        middle("seconds"),
        middle("own_processor_seconds"),
        middle("server_processor_seconds"),
        middle("peak_mib"),
        middle("wal_bytes"),
        middle("rows_written"),
        {step: statistics.median(each.steps.get(step, 0.0) for each in rounds) for step in steps},
    )
