"""Going through rows one by one, for those of a file that are entangled with one another.

A row is what tables `row_key` and `stored_choice` know of it: at each tier its keys, and the
stored patient they point to. Time and memory grow with the number of rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

Clue = tuple[int, str, int | None, str | None, str | None]
"""(line, id of the patient it would create, tier, key, stored patient); key or patient is None."""


@dataclass(frozen=True)
class Terms:
    """What a row may be recognised by.

    `identifiers` are the tiers that are identifiers; `vetoing` those whose difference forbids a
    match by name; `held` is (stored patient, tier) of the identifiers that stored patients hold.
    """

    identifiers: frozenset[int]
    vetoing: frozenset[int]
    held: frozenset[tuple[str, int]]


@dataclass
class Verdicts:
    """Rows of the tables that `resolve` leaves, in the order of their columns."""

    assigned: list[tuple[int, int | None, str, int]] = field(default_factory=list)
    conflicts: list[tuple[int, str, str]] = field(default_factory=list)
    alone: list[tuple[int, str]] = field(default_factory=list)
    several: list[tuple[int, int]] = field(default_factory=list)


def go_through(clues: Iterable[Clue], terms: Terms) -> Verdicts:
    """Judge each row in turn; `clues` come in the order of their lines."""
    walk = _Walk(terms)
    for line, of_row in groupby(clues, key=itemgetter(0)):
        walk.judge(line, list(of_row))
    return walk.verdicts


class _Walk:
    """What is known on the way: who brought which key, who holds an identifier of which tier."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.verdicts = Verdicts()
        self.brought: dict[tuple[int, str], str] = {}
        self.held = set(terms.held)
        self.roots: dict[str, int] = {}

    def judge(self, line: int, clues: list[Clue]) -> None:
        """Decide who this row is, and let it bring its keys unless it is in conflict."""
        new_id = clues[0][1]
        keys = [(tier, value) for _, _, tier, value, _ in clues if tier is not None and value]
        stored = {tier: who for _, _, tier, _, who in clues if tier is not None and who}
        fitting = self._fitting(keys, stored)
        identified = {who for tier in fitting.keys() & self.terms.identifiers
                      for who in fitting[tier]}  # fmt: skip
        if len(identified) > 1:
            self.verdicts.conflicts.append((line, min(identified), max(identified)))
            return
        tier, patient = self._choose(fitting)
        if patient is not None and self._is_vetoed(tier, patient, keys):
            self.verdicts.alone.append((line, patient))
            tier, patient = None, None
        elif tier is not None and len(fitting[tier]) > 1:
            self.verdicts.several.append((line, len(fitting[tier])))
        if patient is None:
            patient = new_id
            self.roots[patient] = line
        self.verdicts.assigned.append((line, tier, patient, self.roots.get(patient, 0)))
        for key in keys:
            self.brought.setdefault(key, patient)
            self.held.add((patient, key[0]))

    def _fitting(self, keys: list[tuple[int, str]], stored: dict[int, str]) -> dict[int, set[str]]:
        """The patients that each tier points to; a stored one counts before those of this file."""
        fitting = {tier: {who} for tier, who in stored.items()}
        for key in keys:
            if key[0] not in stored and key in self.brought:
                fitting.setdefault(key[0], set()).add(self.brought[key])
        return fitting

    def _choose(self, fitting: dict[int, set[str]]) -> tuple[int | None, str | None]:
        """The lowest tier decides; of several patients the oldest, and stored ones are older."""
        if not fitting:
            return None, None
        tier = min(fitting)
        return tier, min(fitting[tier], key=lambda who: (self.roots.get(who, 0), who))

    def _is_vetoed(self, tier: int | None, patient: str, keys: list[tuple[int, str]]) -> bool:
        """A row known by name alone brings an identifier where its patient holds one already.

        That it came as far as the names means that nobody holds the row's identifier, so the one
        that the patient holds is a different one.
        """
        if tier in self.terms.identifiers:
            return False
        return any(place in self.terms.vetoing and (patient, place) in self.held
                   for place, _ in keys)  # fmt: skip
