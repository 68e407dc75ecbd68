"""What speaks for and against a pair, field by field, as people read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_STRENGTHS = ((6.0, "strong"), (2.0, ""), (0.0, "weak"))
"""From which weight evidence is called so; 6 makes the odds 64 times as high."""


@dataclass(frozen=True)
class Evidence:
    """One field of a pair: how alike its values are, and the match weight that this gives.

    It holds no value of a patient.
    """

    field: str
    title: str
    level: str
    words: str
    weight: float

    @property
    def strength(self) -> str:
        """`strong for`, `for`, `weak for`, and the same `against`; `neither` for no weight."""
        if not self.weight:
            return "neither"
        word = next(word for least, word in _STRENGTHS if abs(self.weight) >= least)
        return f"{word} {'for' if self.weight > 0 else 'against'}".strip()

    @property
    def sentence(self) -> str:
        """`phone the same: strong for`, `first name differs: against`."""
        return f"{self.title} {self.words}: {self.strength}"


def read_evidence(stored: Iterable[Mapping[str, Any]] | None) -> tuple[Evidence, ...]:
    """The evidence of a pair as the table keeps it; the heaviest first."""
    lines = [Evidence(**line) for line in stored or ()]
    return tuple(sorted(lines, key=lambda line: -abs(line.weight)))
