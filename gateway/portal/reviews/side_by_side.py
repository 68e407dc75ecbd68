"""Patients side by side: one row for each kind of value, and whether they differ in it."""

from collections import Counter
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
"""The fields on top of the table: they say who somebody is."""
_LABELS = {
    "first_name": "Name",
    "birth_date": "Born",
    "birth_year": "Born",
    "care_manager_first_name": "Care manager",
    "physician_first_name": "Physician",
}


@dataclass(frozen=True)
class Value:
    """A value of one patient.

    `is_shared`: the other patient has the same value. `is_kept`: a merge would keep it.
    """

    text: str
    origin: Origin | None
    is_shared: bool
    is_kept: bool


@dataclass(frozen=True)
class Row:
    """The values of both patients under one label."""

    label: str
    likeness: Likeness
    older: list[Value]
    younger: list[Value]

    @property
    def is_choice(self) -> bool:
        """Whether a merge would keep only some of the values."""
        return not all(value.is_kept for value in (*self.older, *self.younger))


@dataclass(frozen=True)
class _LabelledValue:
    label: str
    text: str
    origin: Origin | None
    is_kept: bool


def rows_of(
    older: Record, younger: Record, merged: Mapping[str, str], names: Mapping[str, str]
) -> list[Row]:
    """The rows of the table; name, birth and the like come first.

    `merged` are the facts that the merged patient would have, `names` the names of facilities and
    cohorts by id. For example, of an older patient with `address/home/city` = `Rome`, a younger one
    with `Oslo`, and `merged` with `Oslo`, the row `Address: home` differs, and of its two values
    only `Oslo` is kept.
    """
    left, right = (list(_values(each.facts, merged, names)) for each in (older, younger))
    labels = dict.fromkeys(each.label for each in (*left, *right))
    by_rank = sorted(labels, key=lambda label: _rank(label, [*left, *right]))
    return [_row(label, left, right) for label in by_rank]


@dataclass(frozen=True)
class ManyRow:
    """The values of several records under one label, a list for each record.

    `is_shared` of a value: another record has it, too.
    """

    label: str
    likeness: Literal["same", "differs", "not all"]
    records: list[list[Value]]


def rows_of_many(records: Sequence[Record], names: Mapping[str, str]) -> list[ManyRow]:
    """The rows of the table of several records, in the order of `rows_of`."""
    sides = [list(_values(each.facts, {}, names)) for each in records]
    every = [value for side in sides for value in side]
    labels = sorted(
        dict.fromkeys(each.label for each in every), key=lambda label: _rank(label, every)
    )
    return [_row_of_many(label, sides) for label in labels]


def _row_of_many(label: str, sides: Sequence[Sequence[_LabelledValue]]) -> ManyRow:
    own = [[value for value in side if value.label == label] for side in sides]
    texts = [{value.text.casefold() for value in side} for side in own]
    held = Counter(text for side in texts for text in side)
    is_one = len({frozenset(side) for side in texts if side}) == 1
    return ManyRow(
        label,
        "differs" if not is_one else "same" if all(texts) else "not all",
        [
            [
                Value(value.text, value.origin, held[value.text.casefold()] > 1, is_kept=False)
                for value in side
            ]
            for side in own
        ],
    )


def _values(
    facts: Sequence[Fact], merged: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[_LabelledValue]:
    """One value for each unit of facts that a merge keeps or drops as a whole."""
    for unit, group in groupby(_by_unit(facts), lambda fact: unit_of(fact.address)):
        members = list(group)
        # Beside a date of birth, the year of birth says nothing new.
        shown = [fact for fact in members if fact.field != "birth_year" or len(members) == 1]
        texts = [names.get(fact.value, fact.value) for fact in shown]
        field, item = members[0].field, members[0].item
        yield _LabelledValue(
            label=_LABELS.get(field) or label_of(field, item, texts),
            text=(" " if len(unit) > 1 else ", ").join(texts),
            origin=_latest_origin(members),
            is_kept=all(merged.get(fact.address) == fact.value for fact in members),
        )


def _by_unit(facts: Sequence[Fact]) -> list[Fact]:
    """The facts in their order, but each unit's facts side by side."""
    places: dict[tuple[str, ...], int] = {}
    for fact in facts:
        places.setdefault(unit_of(fact.address), len(places))
    return sorted(facts, key=lambda fact: places[unit_of(fact.address)])


def _rank(label: str, values: Sequence[_LabelledValue]) -> tuple[int, int]:
    known = [_LABELS.get(field) or label_of(field, "", []) for field in _FIRST]
    head = label.split(":", maxsplit=1)[0]
    first = known.index(head) if head in known else len(known)
    return first, next(place for place, each in enumerate(values) if each.label == label)


def _row(label: str, left: Sequence[_LabelledValue], right: Sequence[_LabelledValue]) -> Row:
    sides = [[each for each in side if each.label == label] for side in (left, right)]
    older_texts, younger_texts = ({each.text.casefold() for each in side} for side in sides)
    return Row(
        label,
        _likeness(older_texts, younger_texts),
        [_shown(each, younger_texts) for each in sides[0]],
        [_shown(each, older_texts) for each in sides[1]],
    )


def _shown(value: _LabelledValue, texts_of_other: set[str]) -> Value:
    is_shared = value.text.casefold() in texts_of_other
    return Value(value.text, value.origin, is_shared, value.is_kept)


def _likeness(older: set[str], younger: set[str]) -> Likeness:
    if not younger:
        return "only older"
    if not older:
        return "only younger"
    return "same" if older == younger else "differs"


def _latest_origin(facts: Sequence[Fact]) -> Origin | None:
    known = [fact.origin for fact in facts if fact.origin is not None]
    return max(known, key=lambda origin: origin.received_at, default=None)
