"""Counter-based random draws: a value is a pure function of (seed, field, person index).

Nothing here keeps state, so person 7 is the same whether people 0..9 or 7..7 are made, on any
machine. The mixer is SplitMix64's finaliser (Steele, Lea, Flood 2014) on unsigned 64-bit integers;
floats are never used, because their rounding may differ between builds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Index = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_STRIDE = 1_099_511_627_689  # the largest prime below 2**40: shares no factor with our spans


@dataclass(frozen=True)
class Dice:
    """Draws for the people of `index` (uint64) under `seed`; every answer has index's length.

    `field` names the draw: the same field gives the same answer, different fields are independent.
    """

    index: Index
    seed: int

    def below(self, field: str, span: int) -> Numbers:
        """Return a whole number 0 <= n < span."""
        return (self._bits(field) % np.uint64(span)).astype(np.int64)

    def chance(self, field: str, per_thousand: int) -> Mask:
        """Return True for about `per_thousand` of each 1,000 people."""
        return self.below(field, 1000) < per_thousand

    def pick(self, field: str, weights: Sequence[int]) -> Numbers:
        """Return a position in `weights`, each in proportion to its whole-number weight."""
        ceilings = np.cumsum(np.asarray(weights, dtype=np.int64))
        tickets = self.below(field, int(ceilings[-1]))
        return np.searchsorted(ceilings, tickets, side="right").astype(np.int64)

    def unique_below(self, field: str, span: int) -> Index:
        """Return 0 <= n < span, all different while every index is below min(span, 2**23).

        An affine walk over the span; `span` must share no factor with the stride.
        """
        shift = _salt(self.seed, field) % span
        return (self.index * np.uint64(_STRIDE % span) + np.uint64(shift)) % np.uint64(span)

    def text(self, field: str, choices: Sequence[str]) -> pl.Series:
        """Return one of `choices`, all equally likely."""
        return take(choices, self.below(field, len(choices)))

    def keep(self, field: str, values: pl.Series, per_thousand: int) -> pl.Series:
        """Return `values` for about `per_thousand` of each 1,000 people, null for the rest."""
        return keep(values, self.chance("has " + field, per_thousand))

    def listed(self, field: str, choices: Sequence[str], some: int, two: int) -> pl.Series:
        """Return none, one or two different choices joined with `; `.

        Of each 1,000 people `some` have any, and `two` of each 1,000 of those have two.
        """
        first = self.below(field, len(choices))
        second = (first + 1 + self.below(field + " two", len(choices) - 1)) % len(choices)
        one, other = take(choices, first), take(choices, second)
        both = pl.Series(self.chance("two of " + field, two))
        return self.keep(field, (one + "; " + other).zip_with(both, one), some)

    def _bits(self, field: str) -> Index:
        mixed = self.index * _GOLDEN + np.uint64(_salt(self.seed, field))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        return mixed ^ (mixed >> np.uint64(31))


def take(choices: Sequence[str], positions: Numbers) -> pl.Series:
    """Return the text at each position of `choices`."""
    return pl.Series(choices, dtype=pl.String).gather(pl.Series(positions))


def keep(values: pl.Series, mask: Mask) -> pl.Series:
    """Return `values` where `mask` holds, null elsewhere."""
    return values.zip_with(pl.Series(mask), pl.Series([None], dtype=values.dtype))


def digits(numbers: Numbers, width: int = 1) -> pl.Series:
    """Return the numbers as text, padded with zeros on the left to `width`."""
    return pl.Series(numbers).cast(pl.String).str.zfill(width)


def falling_weights(count: int) -> list[int]:
    """Return Zipf-like weights for a list in order of commonness: the first is 8 x the 85th."""
    return [100_000 // (rank + 12) for rank in range(count)]


def _salt(seed: int, field: str) -> int:
    digest = hashlib.blake2b(f"{seed}:{field}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
