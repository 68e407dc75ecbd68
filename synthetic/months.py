"""The next month of a roster: most people unchanged, some changed, some new, some gone."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthetic.people import people, phones
from synthetic.random_draws import Dice, Index, take

_FATES = ("unchanged", "phone", "address", "last name", "gone")
_COLUMNS = {
    "phone": ("mobile_phone",),
    "address": ("street", "unit", "city", "state", "zip"),
    "last name": ("last_name",),
}


@dataclass(frozen=True)
class Shares:
    """How many of 1,000 people meet each fate; `new` people are added to the first month's."""

    phone: int = 60
    address: int = 50
    last_name: int = 20
    gone: int = 40
    new: int = 60


@dataclass(frozen=True)
class Month:
    """A month's people in file order, and the indexes of people by fate.

    Fates: `unchanged`, `phone`, `address`, `last name`, `new`, and `gone`, who are not in `people`.
    """

    people: pl.DataFrame
    fates: dict[str, list[int]]


def next_roster(first: pl.DataFrame, seed: int, shares: Shares | None = None) -> Month:
    """Return the month after `first`, a frame of `synthetic.people.people` made with the same seed.

    New people take the indexes after the highest of `first`, so months can be chained.
    """
    shares = shares or Shares()
    index = first["index"].to_numpy().astype(np.uint64)
    highest = int(index.max())
    changed = _changed(first.with_columns(fate=_deal(index, seed, highest, shares)), seed + highest)
    newcomers = people(len(index) * shares.new // 1000, seed, start=highest + 1)
    fates = {fate: changed.filter(fate=fate)["index"].to_list() for fate in _FATES}
    stayed = changed.filter(pl.col("fate") != "gone").drop("fate")
    return Month(pl.concat([stayed, newcomers]), fates | {"new": newcomers["index"].to_list()})


def _deal(index: Index, seed: int, highest: int, shares: Shares) -> pl.Series:
    """Return each person's fate; the highest index is mixed in, so that each month differs."""
    moved = (shares.phone, shares.address, shares.last_name, shares.gone)
    ranks = Dice(index, seed).pick(f"fate after {highest}", [1000 - sum(moved), *moved])
    return take(_FATES, ranks)


def _changed(first: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return `first` with the columns of each person's fate taken from other draws.

    A person whose draw gives the same value stays `unchanged`.
    """
    other = _others(first["index"], seed + 1_000_003)
    changed = first.with_columns(
        pl.when(pl.col("fate") == fate).then(other[column]).otherwise(pl.col(column)).alias(column)
        for fate, columns in _COLUMNS.items()
        for column in columns
    )
    same = pl.all_horizontal(
        pl.col(column).eq_missing(first[column])
        for columns in _COLUMNS.values()
        for column in columns
    )
    return changed.with_columns(
        fate=pl.when(same & (pl.col("fate") != "gone")).then(pl.lit("unchanged")).otherwise("fate")
    )


def _others(index: pl.Series, seed: int) -> pl.DataFrame:
    """Return people of another seed at the same indexes and in their order, all with a mobile."""
    lowest, highest = int(index.to_numpy().min()), int(index.to_numpy().max())
    span = people(highest - lowest + 1, seed, start=lowest)
    others = index.to_frame().join(span, on="index", how="left", maintain_order="left")
    dice = Dice(index.to_numpy().astype(np.uint64), seed)
    return others.with_columns(mobile_phone=phones(dice, "mobile_phone"))
