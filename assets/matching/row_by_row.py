"""Going through rows one by one, for those of a file that are entangled with one another.

A row is what tables `row_key` and `stored_choice` hold of it: at each tier its keys, and the
stored patient they point to. Time and memory grow with the number of rows.

Example: tier 0 is the EHR id, tier 2 the name, and an EHR id that differs vetoes the name. Line 2
is Ann with `E-1`, line 3 Ann without an id, line 4 Ann with `E-2`; nobody is stored. In:

    (2, new2, 0, E-1, None), (2, new2, 2, ann, None), (3, new3, 2, ann, None),
    (4, new4, 0, E-2, None), (4, new4, 2, ann, None)

Out: `assigned` = (2, None, new2, 2), (3, 2, new2, 2), (4, None, new4, 4), and `vetoed` =
(4, new2): line 4 has the name of line 2 and another EHR id.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

Clue = tuple[int, str, int | None, str | None, str | None]
"""(line, id of the patient it would create, tier, key, stored patient); key or patient is None."""


@dataclass(frozen=True)
class People:
    """Persons as macro `person` writes them: of stored patients by id, of rows by line."""

    stored: Mapping[str, str]
    rows: Mapping[int, str]


def is_somebody_else(person: str, other: str) -> bool:
    """Whether first name, last name and birth all differ."""
    pairs = zip(person.split("|")[:3], other.split("|")[:3], strict=True)
    return all(one != another for one, another in pairs)


@dataclass(frozen=True)
class Rules:
    """By what a row may be recognised.

    `identifiers` are the tiers that are identifiers; `vetoing` those whose difference forbids a
    match by name; `held` is (stored patient, tier) of the identifiers that stored patients hold.
    With `people`, a row that shares nothing but an identifier with its patient fails.
    """

    identifiers: frozenset[int]
    vetoing: frozenset[int]
    held: frozenset[tuple[str, int]]
    people: People | None = None


@dataclass
class Verdicts:
    """Rows of `assigned`, `conflict`, `vetoed_match`, `identity_change`, `ambiguous_match`."""

    assigned: list[tuple[int, int | None, str, int]] = field(default_factory=list)
    conflicts: list[tuple[int, str, str]] = field(default_factory=list)
    vetoed: list[tuple[int, str]] = field(default_factory=list)
    changed: list[tuple[int, str]] = field(default_factory=list)
    ambiguous: list[tuple[int, int]] = field(default_factory=list)


def go_through(clues: Iterable[Clue], rules: Rules) -> Verdicts:
    """Judge each row in turn; `clues` come in the order of their lines."""
    walk = _Walk(rules)
    for line, of_row in groupby(clues, key=itemgetter(0)):
        walk.judge(line, list(of_row))
    return walk.verdicts


class _Walk:
    """What is known on the way: who brought which key, who holds an identifier of which tier."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.verdicts = Verdicts()
        self.brought: dict[tuple[int, str], str] = {}
        self.held = set(rules.held)
        self.roots: dict[str, int] = {}
        self.people = dict(rules.people.stored) if rules.people else {}

    def judge(self, line: int, clues: list[Clue]) -> None:
        """Decide who this row is, and let it bring its keys unless it is in conflict."""
        new_id = clues[0][1]
        keys = [(tier, value) for _, _, tier, value, _ in clues if tier is not None and value]
        stored = {tier: who for _, _, tier, _, who in clues if tier is not None and who}
        fitting = self._fitting(keys, stored)
        identified = {who for tier in fitting.keys() & self.rules.identifiers
                      for who in fitting[tier]}  # fmt: skip
        if len(identified) > 1:
            self.verdicts.conflicts.append((line, min(identified), max(identified)))
            return
        tier, patient = self._choose(fitting)
        if self._has_another_first_identifier(tier, patient, keys):
            self.verdicts.conflicts.append((line, str(patient), str(patient)))
            return
        if patient is not None and self._is_somebody_else(line, tier, patient):
            self.verdicts.changed.append((line, patient))
            return
        if patient is not None and self._is_vetoed(tier, patient, keys):
            self.verdicts.vetoed.append((line, patient))
            tier, patient = None, None
        elif tier is not None and len(fitting[tier]) > 1:
            self.verdicts.ambiguous.append((line, len(fitting[tier])))
        if patient is None:
            patient = new_id
            self.roots[patient] = line
        self.verdicts.assigned.append((line, tier, patient, self.roots.get(patient, 0)))
        if self.rules.people:
            self.people[patient] = self.rules.people.rows[line]
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

    def _has_another_first_identifier(
        self, tier: int | None, patient: str | None, keys: list[tuple[int, str]]
    ) -> bool:
        """Whether a row known by a second identifier differs from its patient in the first."""
        if tier is None or patient is None or tier not in self.rules.identifiers:
            return False
        return any(place < tier and (patient, place) in self.held for place, _ in keys)

    def _is_somebody_else(self, line: int, tier: int | None, patient: str) -> bool:
        """Whether a row known by an identifier is in all else another person than its patient."""
        if self.rules.people is None or tier not in self.rules.identifiers:
            return False
        known = self.people.get(patient)
        return known is not None and is_somebody_else(self.rules.people.rows[line], known)

    def _is_vetoed(self, tier: int | None, patient: str, keys: list[tuple[int, str]]) -> bool:
        """Whether a row known by name alone brings an identifier where its patient holds one.

        The two differ: had the patient held the row's identifier, the row would have been
        recognised by it, before its name was looked at.
        """
        if tier in self.rules.identifiers:
            return False
        return any(place in self.rules.vetoing and (patient, place) in self.held
                   for place, _ in keys)  # fmt: skip
