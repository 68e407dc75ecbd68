"""Which facts a merged patient has, and which a split leaves: pure, address by address.

What belongs together is taken whole: the street of one home in the city of another would be an
address that nobody ever told us.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from registry.patients.last_asserted import Asserted, Facts
from schemas.canonical import MATCHING_SYSTEMS

SHOWN_ONCE = tuple(f"identifier/{system}/value" for system in (*MATCHING_SYSTEMS, "external"))
"""Addresses of identifiers of which a patient shows one, and others are aliases."""

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


Changes = Mapping[str, tuple[str | None, str | None]]
"""(old, new) by address."""


def combined(older: Facts, younger: Facts) -> dict[str, str]:
    """The facts of the two as one patient, the older one's first.

    Where both have a value the one told later stands; of two told at once, the older patient's.
    Who is opted out stays so, whichever of the two said it.
    """
    mine, theirs = _units(older), _units(younger)
    stand: dict[str, str] = {}
    for unit in dict.fromkeys((*mine, *theirs)):
        kept, other = mine.get(unit, {}), theirs.get(unit, {})
        if not kept or (other and _latest(other) > _latest(kept)):
            kept, other = other, kept
        stand |= {address: asserted.value for address, asserted in kept.items()}
        stand |= _birth_date(kept, other)
    if "true" in (each[_OPT_OUT].value for each in (older, younger) if _OPT_OUT in each):
        stand[_OPT_OUT] = "true"
    return stand


def aliases(older: Facts, younger: Facts) -> list[tuple[str, str]]:
    """(address, value) of the identifiers that lead to the merged patient and are not shown."""
    stand = combined(older, younger)
    return [
        (address, each[address].value)
        for each in (older, younger)
        for address in SHOWN_ONCE
        if address in each and each[address].value != stand[address]
    ]


def left(given: Changes, now: Mapping[str, str], firm: Collection[str],
         taken: Mapping[str, str]) -> dict[str, str | None]:  # fmt: skip
    """What a split puts in place at the patient who stays; None takes a value out.

    Args:
        given: what the merge changed at this patient.
        now: the patient's values as they are.
        firm: addresses that somebody else stands by: a later file, a person, another patient
            who was merged in.
        taken: what goes back to the other patient.

    Identifiers go with the one whose they are, firm or not: two patients cannot share them.
    """
    put: dict[str, str | None] = {}
    for unit in _units_of(address for address in given if address not in SHOWN_ONCE):
        if all(now.get(each) == given[each][1] and each not in firm for each in unit):
            put |= {address: given[address][0] for address in unit}
    for address in SHOWN_ONCE:
        if address not in taken or now.get(address) != taken[address]:
            continue
        if address in given:
            put[address] = given[address][0]
        elif address in _UNIQUE:
            put[address] = None
    return {address: value for address, value in put.items() if now.get(address) != value}


def unit_of(address: str) -> tuple[str, ...]:
    """What an address belongs to: an item of a part, or scalars that say one thing together."""
    if "/" in address:
        return (address.rpartition("/")[0],)
    return _TOGETHER.get(address, (address,))


def _units(facts: Facts) -> dict[tuple[str, ...], dict[str, Asserted]]:
    units: dict[tuple[str, ...], dict[str, Asserted]] = {}
    for address, told in facts.items():
        units.setdefault(unit_of(address), {})[address] = told
    return units


def _units_of(addresses: Iterable[str]) -> list[list[str]]:
    units: dict[tuple[str, ...], list[str]] = {}
    for address in addresses:
        units.setdefault(unit_of(address), []).append(address)
    return list(units.values())


def _latest(unit: Mapping[str, Asserted]) -> datetime:
    return max(told.at for told in unit.values())


def _birth_date(kept: Mapping[str, Asserted], other: Mapping[str, Asserted]) -> dict[str, str]:
    """A format that knows the year only does not unsay a day of that very year."""
    year, day = kept.get("birth_year"), other.get("birth_date")
    if year is None or day is None or "birth_date" in kept:
        return {}
    return {"birth_date": day.value} if day.value.startswith(year.value) else {}
