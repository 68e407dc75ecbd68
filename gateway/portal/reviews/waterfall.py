"""The evidence of a pair as a waterfall: each bar begins where the one above it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.portal.languages import gettext, translated
from registry.decisions.evidence import Evidence

WIDTH = 1000
"""Of the drawing, in its own units."""


@dataclass(frozen=True)
class Bar:
    """One bar, with what it says; `left` and `width` are those of the drawing."""

    label: str
    said: str
    weight: float
    left: float
    width: float


def waterfall(evidence: Sequence[Evidence], weight: float) -> list[Bar]:
    """The bars from any two patients, by each field, to the score.

    Any two patients of whom nothing is known are hardly ever one person: the first bar is against.
    """
    first = weight - sum(line.weight for line in evidence)
    steps = [
        (gettext("any two patients"), gettext("hardly ever one person"), first),
        *((_likeness(line), translated(line.strength), line.weight) for line in evidence),
    ]
    ends = [0.0]
    for *_, step in steps:
        ends.append(ends[-1] + step)
    lowest, highest = min(ends), max(ends)
    scale = WIDTH / ((highest - lowest) or 1)
    return [
        Bar(
            label,
            said,
            step,
            round((min(start, end) - lowest) * scale, 1),
            round(max(abs(end - start) * scale, 2), 1),
        )
        for (label, said, step), (start, end) in zip(steps, pairwise(ends), strict=True)
    ]


def _likeness(line: Evidence) -> str:
    """`first name one keystroke apart`."""
    field, words = translated(line.title), translated(line.words)
    return gettext("%(field)s %(words)s", field=field, words=words)
