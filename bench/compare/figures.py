"""What one round of one way of loading took, and the median of several."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

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

    @property
    def step_seconds(self) -> float:
        """All steps together: the time without the start and end of the process."""
        return sum(self.steps.values())


COUNTED = tuple(each.name for each in fields(Figures) if each.name != "steps")


def median(rounds: Sequence[Figures]) -> Figures:
    """Each figure's median over the rounds, of which there is at least one."""
    steps = dict.fromkeys(step for each in rounds for step in each.steps)
    return Figures(
        **{name: statistics.median(getattr(each, name) for each in rounds) for name in COUNTED},
        steps={
            step: statistics.median(each.steps.get(step, 0.0) for each in rounds) for step in steps
        },
    )
