"""Two patients side by side: what belongs together in one row, and in what the two differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from gateway.portal.patients.fact_labels import label_of
from registry.decisions.survivorship import unit_of
from registry.patients.record import Fact, Origin, Record

Likeness = Literal["same", "differs", "only older", "only younger"]

_FIRST = ("first_name", "last_name", "birth_date", "birth_year", "gender", "identifier", "address",
          "contact")  # fmt: skip
_LABELS = {
    "first_name": "Name",
    "birth_date": "Born",
    "birth_year": "Born",
    "care_manager_first_name": "Care manager",
    "physician_first_name": "Physician",
}


@dataclass(frozen=True)
class Value:
    """A value of one of the two; `is_shared` if the other has it as well.

    `stays` says that a merge would keep it.
    """

    text: str
    origin: Origin | None
    is_shared: bool
    stays: bool


@dataclass(frozen=True)
class Row:
    """What the two have of one kind."""

    label: str
    likeness: Likeness
    older: list[Value]
    younger: list[Value]

    @property
    def is_choice(self) -> bool:
        """Whether a merge would keep only some of the values."""
        return not all(value.stays for value in (*self.older, *self.younger))


@dataclass(frozen=True)
class _Told:
    label: str
    text: str
    origin: Origin | None
    stays: bool


def rows_of(
    older: Record, younger: Record, stand: Mapping[str, str], names: Mapping[str, str]
) -> list[Row]:
    """The rows of the table, who they are first.

    `stand` are the facts of the merged patient, `names` those of facilities and cohorts by id.
    """
    left, right = ([*_told(_in_order(each.facts), stand, names)] for each in (older, younger))
    labels = dict.fromkeys(each.label for each in (*left, *right))
    by_rank = sorted(labels, key=lambda label: _rank(label, [*left, *right]))
    return [_row(label, left, right) for label in by_rank]


def _told(
    facts: Sequence[Fact], stand: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[_Told]:
    for unit, group in groupby(facts, lambda fact: unit_of(fact.address)):
        told = list(group)
        # The year says nothing that the day does not.
        shown = [f for f in told if f.field != "birth_year" or len(told) == 1]
        values = [names.get(fact.value, fact.value) for fact in shown]
        field, item = told[0].field, told[0].item
        label = _LABELS.get(field) or label_of(field, item, values)
        joint = " " if len(unit) > 1 else ", "
        stays = all(stand.get(fact.address) == fact.value for fact in told)
        yield _Told(label, joint.join(values), _latest(told), stays)


def _in_order(facts: Sequence[Fact]) -> list[Fact]:
    """Who they are first; facts of one unit stand together."""
    places: dict[tuple[str, ...], int] = {}
    for fact in facts:
        places.setdefault(unit_of(fact.address), len(places))
    return sorted(facts, key=lambda fact: places[unit_of(fact.address)])


def _rank(label: str, told: Sequence[_Told]) -> tuple[int, int]:
    known = [_LABELS.get(field) or label_of(field, "", []) for field in _FIRST]
    head = label.split(":", maxsplit=1)[0]
    first = known.index(head) if head in known else len(known)
    return first, next(place for place, each in enumerate(told) if each.label == label)


def _row(label: str, left: Sequence[_Told], right: Sequence[_Told]) -> Row:
    mine = [each for each in left if each.label == label]
    theirs = [each for each in right if each.label == label]
    texts = [{each.text.casefold() for each in side} for side in (mine, theirs)]
    return Row(
        label,
        _likeness(*texts),
        [Value(e.text, e.origin, e.text.casefold() in texts[1], e.stays) for e in mine],
        [Value(e.text, e.origin, e.text.casefold() in texts[0], e.stays) for e in theirs],
    )


def _likeness(older: set[str], younger: set[str]) -> Likeness:
    if not younger:
        return "only older"
    if not older:
        return "only younger"
    return "same" if older == younger else "differs"


def _latest(told: Sequence[Fact]) -> Origin | None:
    known = [fact.origin for fact in told if fact.origin is not None]
    return max(known, key=lambda origin: origin.received_at, default=None)
