"""Synthetic households: couples, children, twins, fathers and sons of one name, newborns.

Names have the frequencies of the United States (`us_names.csv`, from the census of 1990), and every
seventh last name is one of `synthetic.names`, with the accents, apostrophes and particles that the
census leaves out. Nobody of them exists; see `synthetic.people` for phones, e-mails and numbers.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from synthetic import names, places

TODAY = date(2026, 6, 1)
"""The day on which the synthetic registries are looked at."""

_UNUSUAL_NAMES = 1 / 7
"""The share of last names with the accents and particles that the census leaves out."""

_MIDDLE_NAMES = ("Lee", "Ann", "Marie", "James", "Lynn", "Ray", "Jean", "Rose", "Luis", "Michael")


@dataclass
class Home:
    """An address and the phone that everybody who lives there may give."""

    line1: str
    line2: str | None
    city: str
    state: str
    postal_code: str
    phone: str
    policy: str


@dataclass
class Person:
    """A person as they are; records about them are in `synthetic.duplicates`."""

    number: int
    first_name: str
    middle_name: str | None
    last_name: str
    suffix: str | None
    birth_date: date
    gender: str
    home: Home
    phones: list[str]
    email: str | None
    ssn: str | None
    mbi: str | None
    birth_last_name: str | None = None
    relations: dict[int, str] = field(default_factory=dict)
    """Whom a matcher may take for this person, by their number: twin, sibling, parent."""


class Town:
    """Draws households until there are enough people."""

    def __init__(self, seed: int, twins: float = 0.03) -> None:
        self._twins = twins
        self._dice = random.Random(seed)
        self._made = 0

    def _happens(self, share: float) -> bool:
        return self._dice.random() < share

    def people(self, count: int) -> list[Person]:
        """At least `count` people, whole households."""
        made: list[Person] = []
        while len(made) < count:
            made.extend(self._household())
        return made

    def _household(self) -> list[Person]:
        dice, home = self._dice, self._home()
        last_name = self._last_name()
        born = TODAY - timedelta(days=dice.randint(22 * 365, 95 * 365))
        first = self._adult(home, last_name, born, dice.choice("MF"))
        members = [first]
        if self._happens(0.55):
            members.append(self._partner(first, home, last_name))
        if self._happens(0.4):
            members.extend(self._children(members, home, last_name))
        if self._happens(0.08):
            members.extend(self._grown_son(members, home))
        return members

    def _adult(self, home: Home, last_name: str, born: date, gender: str) -> Person:
        person = self._person(home, last_name, born, gender)
        if gender == "F" and self._happens(0.6):
            person.birth_last_name = self._last_name()
        if self._happens(0.7):
            person.phones.append(self._phone(home.phone[2:5]))
        if self._happens(0.6):
            person.email = self._email(person)
        if (TODAY - born).days > 65 * 365:
            person.mbi = self._mbi()
        return person

    def _partner(self, first: Person, home: Home, last_name: str) -> Person:
        dice = self._dice
        born = first.birth_date + timedelta(days=dice.randint(-2500, 2500))
        gender = "F" if first.gender == "M" else "M"
        own = self._last_name() if self._happens(0.2) else last_name
        return self._adult(home, own, min(born, TODAY - timedelta(days=20 * 365)), gender)

    def _children(self, parents: list[Person], home: Home, last_name: str) -> Iterator[Person]:
        dice = self._dice
        oldest = min(parent.birth_date for parent in parents)
        born = min(oldest + timedelta(days=dice.randint(20 * 365, 38 * 365)), TODAY)
        siblings: list[Person] = []
        for _ in range(dice.choice((1, 1, 2, 2, 3, 4))):
            twin = bool(siblings) and self._happens(self._twins)
            if siblings and not twin:
                born = min(born + timedelta(days=dice.randint(400, 1500)), TODAY)
            gender = siblings[-1].gender if twin and self._happens(0.6) else dice.choice("MF")
            child = self._person(home, last_name, born, gender)
            while any(child.first_name == other.first_name for other in siblings):
                child.first_name = self._first_name(gender)
            for other in siblings:
                kind = "twin" if other.birth_date == child.birth_date else "sibling"
                _relate(child, other, kind)
            siblings.append(child)
        yield from siblings

    def _grown_son(self, members: list[Person], home: Home) -> Iterator[Person]:
        """A son with his father's name; one in three writes no Jr."""
        father = next((each for each in members if each.gender == "M"), None)
        if father is None or (TODAY - father.birth_date).days < 40 * 365:
            return
        dice = self._dice
        born = father.birth_date + timedelta(days=dice.randint(19 * 365, 35 * 365))
        son = self._adult(home, father.last_name, min(born, TODAY), "M")
        son.first_name, son.middle_name = father.first_name, father.middle_name
        if self._happens(0.66):
            son.suffix = "Jr."
        if self._happens(0.4):
            father.suffix = "Sr."
        _relate(son, father, "junior")
        yield son

    def _person(self, home: Home, last_name: str, born: date, gender: str) -> Person:
        dice = self._dice
        self._made += 1
        return Person(
            number=self._made,
            first_name=self._first_name(gender),
            middle_name=dice.choice(_MIDDLE_NAMES) if self._happens(0.4) else None,
            last_name=last_name,
            suffix=None,
            birth_date=born,
            gender=gender,
            home=home,
            phones=[home.phone] if self._happens(0.7) else [],
            email=None,
            ssn=self._ssn() if self._happens(0.6) else None,
            mbi=None,
        )

    def _home(self) -> Home:
        dice = self._dice
        place = dice.choices(places.PLACES, [each.weight for each in places.PLACES])[0]
        street = f"{dice.choice(places.STREETS)} {dice.choice(places.STREET_TYPES)}"
        unit = f"{dice.choice(places.UNIT_KINDS)}{dice.randint(1, 40)}"
        return Home(
            line1=f"{dice.randint(1, 9899)} {street}",
            line2=unit if self._happens(0.2) else None,
            city=place.city,
            state=place.state,
            postal_code=f"{place.zip_prefix}{dice.randint(1, 99):02}",
            phone=self._phone(place.area_code),
            policy=f"P{dice.randint(0, 99_999_999):08}",
        )

    def _first_name(self, gender: str) -> str:
        return self._drawn("woman" if gender == "F" else "man")

    def _last_name(self) -> str:
        if self._happens(_UNUSUAL_NAMES):
            return self._dice.choice(names.LAST_NAMES)
        return self._drawn("last")

    def _drawn(self, kind: str) -> str:
        known, weights = us_names()[kind]
        return self._dice.choices(known, cum_weights=weights)[0]

    def _phone(self, area_code: str) -> str:
        return f"+1{area_code}555{self._dice.randint(0, 9999):04}"

    def _email(self, person: Person) -> str:
        local = f"{person.first_name}.{person.last_name}{self._dice.randint(1, 999)}"
        plain = "".join(sign for sign in local.lower() if sign.isascii() and sign not in " '-")
        return f"{plain}@example.{self._dice.choice(('com', 'org', 'net'))}"

    def _ssn(self) -> str:
        return f"9{self._dice.randint(0, 99):02}{self._dice.randint(1, 49):02}{self._serial()}"

    def _serial(self) -> str:
        return f"{self._dice.randint(1, 9999):04}"

    def _mbi(self) -> str:
        dice, letters = self._dice, "ACDEFGHJKMNPQRTUVWXY"
        shape = ("123456789", letters, "0123456789")
        kinds = (0, 1, 2, 2, 1, 2, 2, 1, 1, 2, 2)
        return "".join(dice.choice(shape[kind]) for kind in kinds)


def _relate(one: Person, other: Person, kind: str) -> None:
    one.relations[other.number] = kind
    other.relations[one.number] = kind


@cache
def us_names() -> dict[str, tuple[list[str], list[int]]]:
    """Names with their summed weights, by `last`, `woman` and `man`."""
    with (Path(__file__).parent / "us_names.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for kind in ("last", "woman", "man"):
        own = [row for row in rows if row["kind"] == kind]
        weights = list(accumulate(int(row["per_million"]) for row in own))
        found[kind] = ([row["name"] for row in own], weights)
    return found
