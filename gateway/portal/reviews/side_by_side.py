"""Patients side by side: one row for each kind of value, and whether they differ in it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from gateway.portal.languages import N_, gettext
from gateway.portal.patients.fact_labels import label_of, shown_value
from registry.decisions.survivorship import NOT_CHOSEN, name_of_unit, unit_of
from registry.patients.record import Fact, Origin, Record

Likeness = Literal["same", "spelling", "differs", "only older", "only younger"]
"""`same`: to the letter; `spelling`: but for capital letters."""

_FIRST = ("first_name", "last_name", "birth_date", "birth_year", "gender", "identifier", "address",
          "contact")  # fmt: skip
"""The fields on top of the table: they say who somebody is."""
_LABELS = {
    "first_name": N_("Name"),
    "birth_date": N_("Born"),
    "birth_year": N_("Born"),
    "care_manager_first_name": N_("Care manager"),
    "physician_first_name": N_("Physician"),
}


@dataclass(frozen=True)
class Value:
    """A value of one patient.

    `is_shared`: the other patient has the same value, to the letter. `is_kept`: a merge would keep
    it. `choice` names what a reviewer chooses by it (`registry/decisions/survivorship.py`), and is
    empty where a merge keeps both sides' values.
    """

    text: str
    origin: Origin | None
    is_shared: bool
    is_kept: bool
    choice: str = ""


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
    exact: frozenset[tuple[str, str]]
    """(attribute, value) of what is compared: `Boston, MA` may be a city, or a city and a state."""
    unit: str
    field: str


def rows_of(
    older: Record, younger: Record, merged: Mapping[str, str], names: Mapping[str, str]
) -> list[Row]:
    """The rows of the table; name, birth and the like come first.

    `merged` are the facts that the merged patient would have, `names` the names of facilities and
    cohorts by id. For example, of an older patient with `address/home/city` = `Rome`, a younger one
    with `Oslo`, and `merged` with `Oslo`, the row `Home address` differs, and of its two values
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
    likeness: Literal["same", "spelling", "differs", "not all"]
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
    exact = [{value.exact for value in side} for side in own]
    held = Counter(each for side in exact for each in side)
    is_one = len({frozenset(side) for side in exact if side}) == 1
    is_one_folded = len({frozenset(_folded(side)) for side in own if side}) == 1
    return ManyRow(
        label,
        "spelling"
        if is_one_folded and not is_one
        else "differs"
        if not is_one
        else "same"
        if all(exact)
        else "not all",
        [
            [
                Value(value.text, value.origin, held[value.exact] > 1, is_kept=False)
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
            label=gettext(_LABELS[field]) if field in _LABELS else label_of(field, item, texts),
            text=(" " if len(unit) > 1 else ", ").join(
                shown_value(field, item, text) for text in texts
            ),
            origin=_latest_origin(members),
            is_kept=all(merged.get(fact.address) == fact.value for fact in members),
            exact=frozenset((fact.attribute or fact.field, fact.value) for fact in shown),
            unit=name_of_unit(unit),
            field=field,
        )


def _by_unit(facts: Sequence[Fact]) -> list[Fact]:
    """The facts in their order, but each unit's facts side by side."""
    places: dict[tuple[str, ...], int] = {}
    for fact in facts:
        places.setdefault(unit_of(fact.address), len(places))
    return sorted(facts, key=lambda fact: places[unit_of(fact.address)])


def _rank(label: str, values: Sequence[_LabelledValue]) -> tuple[int, int]:
    place, found = next((p, each) for p, each in enumerate(values) if each.label == label)
    first = _FIRST.index(found.field) if found.field in _FIRST else len(_FIRST)
    return first, place


def _row(label: str, left: Sequence[_LabelledValue], right: Sequence[_LabelledValue]) -> Row:
    older, younger = ([each for each in side if each.label == label] for side in (left, right))
    return Row(
        label,
        _likeness(older, younger),
        [_shown(each, younger) for each in older],
        [_shown(each, older) for each in younger],
    )


def _shown(value: _LabelledValue, others: Sequence[_LabelledValue]) -> Value:
    """A value beside those of the other patient."""
    is_shared = value.exact in [each.exact for each in others]
    has_rival = not is_shared and value.unit in [each.unit for each in others]
    choice = value.unit if has_rival and value.unit not in NOT_CHOSEN else ""
    return Value(value.text, value.origin, is_shared, value.is_kept, choice)


def _likeness(older: Sequence[_LabelledValue], younger: Sequence[_LabelledValue]) -> Likeness:
    if not younger:
        return "only older"
    if not older:
        return "only younger"
    if {each.exact for each in older} == {each.exact for each in younger}:
        return "same"
    return "spelling" if _folded(older) == _folded(younger) else "differs"


def _folded(values: Sequence[_LabelledValue]) -> set[frozenset[tuple[str, str]]]:
    return {frozenset((name, text.casefold()) for name, text in value.exact) for value in values}


def _latest_origin(facts: Sequence[Fact]) -> Origin | None:
    known = [fact.origin for fact in facts if fact.origin is not None]
    return max(known, key=lambda origin: origin.received_at, default=None)
