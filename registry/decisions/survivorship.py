"""Survivorship: which values a merged patient keeps, and which a split takes out again. Pure.

Values are compared address by address, but what belongs together is taken whole. The street of one
home in the city of another would be an address that no source ever asserted. Such a *unit* is an
item of a part, or scalars that say one thing together, such as first and last name.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal

from registry.patients.last_asserted import Asserted, AssertedFacts
from schemas.canonical import MATCHING_SYSTEMS

SHOWN_ONCE = tuple(f"identifier/{system}/value" for system in (*MATCHING_SYSTEMS, "external"))
"""Addresses of identifiers of which a patient shows one; further ones are aliases."""

_UNIQUE = tuple(f"identifier/{system}/value" for system in MATCHING_SYSTEMS)

_TOGETHER = {
    name: unit
    for unit in (
        ("first_name", "last_name"),
        ("birth_date", "birth_year"),
        ("care_manager_first_name", "care_manager_last_name"),
        ("physician_first_name", "physician_last_name"),
    )
    for name in unit
}
_OPT_OUT = "hie_opt_out"
_WITHDRAWN = "withdrawn"


Changes = Mapping[str, tuple[str | None, str | None]]
"""(old, new) by address."""


Side = Literal["older", "younger"]

Choices = Mapping[str, Side]
"""Whose values a person wants to stay, by `name_of_unit`: {"address/home": "older"}."""

NO_CHOICES: Choices = {}


def combined(
    older: AssertedFacts, younger: AssertedFacts, choices: Choices = NO_CHOICES
) -> dict[str, str]:
    """The values of the two as one patient, the older patient's first.

    Where both have a value the one asserted later survives, the older patient's if both were
    asserted at the same time; `choices` go before that. An opt-out of either survives, whenever it
    was asserted. They are a deleted patient only if a caller deleted both.

        address/home/line1   older: 1 Main St (day 1)
        address/home/city    older: Rome      (day 1)   younger: Oslo  (day 2)
        risk_score           older: 1         (day 3)   younger: 2     (day 2)
        flag/frail/name                                 younger: Frail (day 2)
        hie_opt_out          older: true      (day 1)   younger: false (day 2)

        →  city Oslo and no line1, since the home is one unit; score 1; flag Frail; opted out
    """
    of_older, of_younger = _units(older), _units(younger)
    survived: dict[str, str] = {}
    for unit in dict.fromkeys((*of_older, *of_younger)):
        winner, loser = of_older.get(unit, {}), of_younger.get(unit, {})
        if winner and loser and (chosen := choices.get(name_of_unit(unit))):
            is_younger = chosen == "younger"
        else:
            is_younger = not winner or bool(loser and _latest(loser) > _latest(winner))
        if is_younger:
            winner, loser = loser, winner
        survived |= {address: asserted.value for address, asserted in winner.items()}
        survived |= _birth_date(winner, loser)
    if "true" in (facts[_OPT_OUT].value for facts in (older, younger) if _OPT_OUT in facts):
        survived[_OPT_OUT] = "true"
    if not (_WITHDRAWN in older and _WITHDRAWN in younger):
        survived.pop(_WITHDRAWN, None)
    return survived


def aliases(
    older: AssertedFacts, younger: AssertedFacts, choices: Choices = NO_CHOICES
) -> list[tuple[str, str]]:
    """(address, value) of the identifiers that lead to the merged patient and are not shown.

    older ehr E-1 (day 1), younger ehr E-9 (day 2)   →   [(identifier/ehr/value, E-1)]
    """
    survived = combined(older, younger, choices)
    return [
        (address, facts[address].value)
        for facts in (older, younger)
        for address in SHOWN_ONCE
        if address in facts and facts[address].value != survived[address]
    ]


def values_to_restore(given: Changes, now: Mapping[str, str], supported: Collection[str],
                      returned: Mapping[str, str]) -> dict[str, str | None]:  # fmt: skip
    """What a split writes at the surviving patient; None takes a value out.

    Args:
        given: what the merge changed at the surviving patient.
        now: the surviving patient's values as they are.
        supported: addresses whose value something besides the merge asserts: a later file, a
            person, another patient who was merged in.
        returned: what goes back to the other patient.

    A unit is restored if the merge's values are still there and nothing supports them. Identifiers
    go with the patient who had them, supported or not: two patients cannot share one.

        given                          now     supported    result
        city: Rome → Oslo              Oslo                 city Rome
        city: Rome → Oslo              Oslo    city         nothing, Oslo stays
        city: Rome → Oslo              Bern                 nothing, Bern stays
        flag/frail/name: None → Frail  Frail                flag/frail/name None
        ehr: E-1 → E-9                 E-9     ehr          ehr E-1
    """
    restored: dict[str, str | None] = {}
    for unit in _grouped_by_unit(address for address in given if address not in SHOWN_ONCE):
        if all(now.get(each) == given[each][1] and each not in supported for each in unit):
            restored |= {address: given[address][0] for address in unit}
    for address in SHOWN_ONCE:
        if address not in returned or now.get(address) != returned[address]:
            continue
        if address in given:
            restored[address] = given[address][0]
        elif address in _UNIQUE:
            restored[address] = None
    return {address: value for address, value in restored.items() if now.get(address) != value}


def unit_of(address: str) -> tuple[str, ...]:
    """What an address belongs to: an item of a part, or scalars that say one thing together.

    address/home/city → (address/home,);   last_name → (first_name, last_name);   gender → (gender,)
    """
    if "/" in address:
        return (address.rpartition("/")[0],)
    return _TOGETHER.get(address, (address,))


def name_of_unit(unit: tuple[str, ...]) -> str:
    """A unit's name in forms: `address/home`, and `first_name` for first and last name."""
    return unit[0]


NOT_CHOSEN = (_OPT_OUT, _WITHDRAWN)
"""What nobody chooses: an opt-out always survives, and of a deletion both have to speak."""


def _units(facts: AssertedFacts) -> dict[tuple[str, ...], dict[str, Asserted]]:
    units: dict[tuple[str, ...], dict[str, Asserted]] = {}
    for address, asserted in facts.items():
        units.setdefault(unit_of(address), {})[address] = asserted
    return units


def _grouped_by_unit(addresses: Iterable[str]) -> list[list[str]]:
    units: dict[tuple[str, ...], list[str]] = {}
    for address in addresses:
        units.setdefault(unit_of(address), []).append(address)
    return list(units.values())


def _latest(unit: Mapping[str, Asserted]) -> datetime:
    return max(asserted.at for asserted in unit.values())


def _birth_date(winner: Mapping[str, Asserted], loser: Mapping[str, Asserted]) -> dict[str, str]:
    """The loser's birth date, where the winner knows only the year and it is the same year.

    Some formats carry only the year of birth, which does not contradict a date in that year.
    """
    year, day = winner.get("birth_year"), loser.get("birth_date")
    if year is None or day is None or "birth_date" in winner:
        return {}
    return {"birth_date": day.value} if day.value.startswith(year.value) else {}
