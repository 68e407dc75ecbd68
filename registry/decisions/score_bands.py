"""Bands of scores, in which people speak of pairs: a match weight is log2 of the odds."""

from collections.abc import Mapping

BANDS: Mapping[str, float] = {"very likely": 15.0, "likely": 8.0, "possible": float("-inf")}
"""Bands by the weight from which they begin, the highest first: 15 is 32,000 to 1, 8 is 250 to
1."""


def band_of(weight: float) -> str:
    """The band that a weight is in."""
    return next(band for band, lowest in BANDS.items() if weight >= lowest)


def limits_of(band: str) -> tuple[float, float]:
    """From which weight a band begins, and before which it ends."""
    names = list(BANDS)
    place = names.index(band)
    return BANDS[band], BANDS[names[place - 1]] if place else float("inf")
