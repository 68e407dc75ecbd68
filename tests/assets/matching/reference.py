"""Matching as a person would do it: one row after the other, in the file's order.

Slow, short and obvious; `assets/matching/resolve.py` must come to the same answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """A stored patient, or a row of a file: what matching may look at."""

    name: str
    """`first|last|birth`; of a name without bars, all persons have the same last name and birth."""
    ehr: str | None = None
    mbi: str | None = None
    zips: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    """Aliases of a stored patient: (system, value)."""


@dataclass
class Answers:
    """Who each line is: a stored patient's id, or the line that created the patient."""

    patients: dict[int, str | int] = field(default_factory=dict)
    conflicts: dict[int, set[str | int]] = field(default_factory=dict)
    alone: dict[int, str | int] = field(default_factory=dict)
    changed: dict[int, str | int] = field(default_factory=dict)
    """Lines whose identifier leads to somebody else."""


def identifiers_then_name(rows: Sequence[Person], stored: dict[str, Person]) -> Answers:
    """EHR id, then Medicare id, then the name; an identifier that differs vetoes the name.

    A first identifier that differs makes a conflict of a match by the second, and a row that shares
    nothing but an identifier with its patient fails. A placeholder is nobody's name.
    """
    answers, brought = Answers(), {}
    names = {who: each.name for who, each in stored.items()}
    holds = {(who, system) for who, each in stored.items() for system, _ in ids_of(each)}
    for line, row in enumerate(rows, 2):
        found = [_holder(key, stored, brought) for key in ids_of(row)]
        known = {who for who in found if who is not None}
        if len(known) > 1:
            answers.conflicts[line] = known
            continue
        holder = next(iter(known), None)
        if row.ehr and found[0] is None and (holder, "ehr") in holds:
            answers.conflicts[line] = known
            continue
        if holder is not None and is_somebody_else(row.name, names[holder]):
            answers.changed[line] = holder
            continue
        namesake = _namesake(row, stored) or brought.get(("name", row.name))
        namesake = None if is_placeholder(row.name) else namesake
        patient = next(iter(known), namesake)
        if not known and any((patient, system) in holds for system, _ in ids_of(row)):
            answers.alone[line], patient = patient, None
        answers.patients[line] = patient = line if patient is None else patient
        names[patient] = row.name
        holds |= {(patient, system) for system, _ in ids_of(row)}
        for key in (*ids_of(row), ("name", row.name)):
            brought.setdefault(key, patient)
    return answers


def name_and_zip(rows: Sequence[Person], stored: dict[str, Person]) -> Answers:
    """The same name and one zip in common; a stored patient without an address fits any zip."""
    answers, brought = Answers(), {}
    for line, row in enumerate(rows, 2):
        fitting = zip_hits(row, stored)
        earlier = [brought[row.name, z] for z in row.zips if (row.name, z) in brought]
        if is_placeholder(row.name):
            fitting, earlier = [], []
        patient = min(fitting) if fitting else _oldest(earlier)
        answers.patients[line] = patient = line if patient is None else patient
        for code in row.zips:
            brought.setdefault((row.name, code), patient)
    return answers


def is_somebody_else(name: str, other: str) -> bool:
    """First name, last name and birth all differ."""
    parts, others = ((each + "||").split("|")[:3] for each in (name, other))
    return all(one != another for one, another in zip(parts, others, strict=True))


def is_placeholder(name: str) -> bool:
    return name.startswith("babyboy|")


def name_hits(row: Person, stored: dict[str, Person]) -> list[str]:
    """Stored patients of this name, but for those whose identifier differs from the row's."""
    return [
        who
        for who, each in stored.items()
        if each.name == row.name
        and not any(_differs(each, system, value) for system, value in ids_of(row))
    ]


def zip_hits(row: Person, stored: dict[str, Person]) -> list[str]:
    return [
        who
        for who, each in stored.items()
        if each.name == row.name and (not each.zips or set(each.zips) & set(row.zips))
    ]


def _differs(stored: Person, system: str, value: str) -> bool:
    held = {known for of, known in ids_of(stored) if of == system}
    return bool(held) and value not in held


def ids_of(each: Person) -> Iterator[tuple[str, str]]:
    yield from each.also
    yield from ((s, v) for s, v in (("ehr", each.ehr), ("mbi", each.mbi)) if v is not None)


def _holder(key, stored, brought):
    holders = [who for who, each in stored.items() if key in ids_of(each)]
    return min(holders) if holders else brought.get(key)


def _namesake(row, stored):
    return min(name_hits(row, stored), default=None)


def _oldest(patients):
    """Stored patients are older than those of this file; among each, the smaller id is."""
    return min(patients, key=lambda who: (isinstance(who, int), who), default=None)
