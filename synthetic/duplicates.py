"""Synthetic registries with near-duplicates: what several senders write about the same people.

    registry = make_registry(people=10_000, seed=1)
    registry.records    a row per record, with the columns of `identity.features`, and `person`
    registry.relations  pairs of people whom a matcher may take for one: twin, sibling, junior

The first record of a person is mostly right; each further one comes from somebody else, who may
know less, later, or only a nickname.
"""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from synthetic import places
from synthetic.families import TODAY, Home, Person, Town, us_names
from synthetic.mistakes import digit_mistyped, mistyped, scanned

NICKNAMES = {
    "William": ("Bill", "Will", "Billy"), "Robert": ("Bob", "Rob", "Bobby"), "James": ("Jim",),
    "John": ("Jack", "Johnny"), "Richard": ("Rick", "Dick"), "Michael": ("Mike",),
    "Joseph": ("Joe",), "Thomas": ("Tom",), "Charles": ("Charlie", "Chuck"), "David": ("Dave",),
    "Christopher": ("Chris",), "Daniel": ("Dan", "Danny"), "Matthew": ("Matt",),
    "Anthony": ("Tony",), "Steven": ("Steve",), "Edward": ("Ed", "Ted"), "Kenneth": ("Ken",),
    "Ronald": ("Ron",), "Timothy": ("Tim",), "Lawrence": ("Larry",), "Samuel": ("Sam",),
    "Elizabeth": ("Liz", "Beth", "Betty"), "Margaret": ("Peggy", "Maggie"), "Mary": ("Molly",),
    "Patricia": ("Pat", "Patty", "Trish"), "Jennifer": ("Jen", "Jenny"), "Susan": ("Sue", "Susie"),
    "Katherine": ("Kate", "Kathy"), "Barbara": ("Barb",), "Deborah": ("Debbie",),
    "Rebecca": ("Becky",), "Kimberly": ("Kim",), "Christine": ("Chris", "Tina"),
    "Dorothy": ("Dot", "Dottie"), "Judith": ("Judy",), "Pamela": ("Pam",), "Victoria": ("Vicky",),
    "Theresa": ("Terry",), "Virginia": ("Ginny",), "Catherine": ("Cathy",),
}  # fmt: skip
"""Short forms that people use, chosen apart from the list with which matching works."""

_NAMESPACE = uuid.UUID("6f1f6d1e-3a51-4c2e-9f37-0c9f5d1c8a11")


@dataclass(frozen=True)
class Noise:
    """How often a further record differs; each is a share of the records that have the value."""

    again: float = 0.35
    """People with a further record; half of them have one more, and so on."""
    typed: float = 0.05
    scanned: float = 0.01
    nickname: float = 0.08
    changed_surname: float = 0.06
    date_wrong: float = 0.03
    moved: float = 0.2
    missing: float = 0.15
    id_wrong: float = 0.015
    other_value: float = 0.01
    """Another value altogether: a name of somebody else, a spouse's number, a date of a form."""


CLINIC = Noise()
NOISY = Noise(
    again=0.5, typed=0.1, scanned=0.04, nickname=0.12, changed_surname=0.1, date_wrong=0.07,
    moved=0.35, missing=0.3, id_wrong=0.04, other_value=0.025,
)  # fmt: skip
"""Hand-written and scanned forms, years apart."""


@dataclass(frozen=True)
class Registry:
    """Records with the person whom each is about, and pairs of relatives."""

    records: pl.DataFrame
    relations: pl.DataFrame


def make_registry(people: int, seed: int, noise: Noise = CLINIC, twins: float = 0.03) -> Registry:
    """A registry of at least so many people; the same seed gives the same registry.

    `twins` is the share of younger siblings who are a twin of the one before.
    """
    town = Town(seed, twins).people(people)
    writer = _Writer(random.Random(seed + 1), noise)
    rows = [row for person in town for row in writer.records(person)]
    writer.dice.shuffle(rows)
    related = [
        (person.number, other, kind)
        for person in town
        for other, kind in person.relations.items()
        if person.number < other
    ]
    return Registry(
        pl.DataFrame(rows, schema=_SCHEMA, orient="row"),
        pl.DataFrame(related, schema=["person", "other_person", "kind"], orient="row"),
    )


_PLACE = pl.Struct(dict.fromkeys(("line1", "line2", "city", "state", "postal_code"), pl.String))
_SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "patient_id": pl.String,
    "person": pl.Int64,
    "first_name": pl.String,
    "last_name": pl.String,
    "birth_date": pl.Date,
    "birth_year": pl.Int16,
    "gender": pl.String,
    "addresses": pl.List(_PLACE),
    "phones": pl.List(pl.String),
    "emails": pl.List(pl.String),
    "identifiers": pl.List(pl.Struct({"item": pl.String, "value": pl.String})),
    "policies": pl.List(pl.String),
}

Row = tuple[object, ...]


@dataclass(frozen=True)
class _Writer:
    dice: random.Random
    noise: Noise

    def records(self, person: Person) -> list[Row]:
        """The records about one person, the first of which is mostly right."""
        rows = [self._row(person, 0)]
        while self._happens(self.noise.again if len(rows) == 1 else 0.5) and len(rows) < 6:  # noqa: PLR2004
            rows.append(self._row(person, len(rows)))
        return rows

    def _happens(self, share: float) -> bool:
        return self.dice.random() < share

    def _row(self, person: Person, nth: int) -> Row:
        first = nth == 0
        birth_date, birth_year = self._birth(person, first=first)
        first_name = self._first_name(person, first=first)
        last_name = self._last_name(person, first=first)
        if not first and self._happens(self.noise.other_value):
            first_name, last_name = last_name, first_name
        return (
            str(uuid.uuid5(_NAMESPACE, f"{person.number}/{nth}/{self.dice.random()}")),
            person.number,
            first_name,
            last_name,
            birth_date,
            birth_year,
            self._gender(person, first=first),
            self._addresses(person.home, first=first),
            self._phones(person, first=first),
            self._emails(person, first=first),
            self._identifiers(person, first=first),
            self._policies(person, first=first),
        )

    def _lacks(self, *, first: bool) -> bool:
        return self._happens(self.noise.missing / (3 if first else 1))

    def _written(self, text: str, *, first: bool) -> str:
        """A text with the mistakes of one who writes it."""
        rarely = 5 if first else 1
        if self._happens(self.noise.typed / rarely):
            text = mistyped(text, self.dice)
        if self._happens(self.noise.scanned / rarely):
            text = scanned(text, self.dice)
        return text

    def _first_name(self, person: Person, *, first: bool) -> str:
        newborn = (TODAY - person.birth_date).days < 500  # noqa: PLR2004
        if newborn and self._happens(0.3):
            return "Baby Girl" if person.gender == "F" else "Baby Boy"
        name = person.first_name
        if not first and self._happens(self.noise.other_value):
            return person.middle_name or self.dice.choice(us_names()["woman"][0])
        if not first and self._happens(self.noise.nickname):
            name = self.dice.choice(NICKNAMES.get(name, (name,)))
        elif not first and self._happens(0.01):
            return f"{name[0]}."
        name = self._written(name, first=first)
        if person.middle_name and self._happens(0.4):
            middle = person.middle_name if self._happens(0.4) else person.middle_name[0]
            return f"{name} {middle}"
        return name

    def _last_name(self, person: Person, *, first: bool) -> str:
        name = person.last_name
        if person.birth_last_name and not first and self._happens(self.noise.changed_surname):
            maiden = person.birth_last_name
            name = self.dice.choice((maiden, f"{maiden}-{name}", f"{maiden} {name}"))
        elif "-" in name and not first and self._happens(0.3):
            name = self.dice.choice(name.split("-"))
        name = self._written(name, first=first)
        if self._happens(0.2):
            name = name.upper()
        if person.suffix and self._happens(0.8):
            name = f"{name} {person.suffix}"
        return name

    def _birth(self, person: Person, *, first: bool) -> tuple[date | None, int]:
        born = person.birth_date
        if not first and self._happens(0.02):
            return None, born.year
        if not first and self._happens(self.noise.other_value):
            born = TODAY - timedelta(days=self.dice.randint(1, 95 * 365))
        if self._happens(self.noise.date_wrong / (5 if first else 1)):
            born = self._wrong_date(born)
        return born, born.year

    def _wrong_date(self, born: date) -> date:
        text = born.isoformat()
        tries = [f"{text[:5]}{text[8:]}-{text[5:7]}"] if self._happens(0.4) else []
        tries += [digit_mistyped(text, self.dice) for _ in range(20)]
        for wrong in tries:
            try:
                found = date.fromisoformat(wrong)
            except ValueError:
                continue
            if date(1900, 1, 1) < found <= TODAY:
                return found
        return born

    def _gender(self, person: Person, *, first: bool) -> str:
        if self._lacks(first=first):
            return "U"
        if self._happens(0.003):
            return "M" if person.gender == "F" else "F"
        return person.gender

    def _addresses(self, home: Home, *, first: bool) -> list[dict[str, str | None]]:
        if self._lacks(first=first):
            return []
        if not first and self._happens(self.noise.moved):
            home = self._new_home(home)
        line1 = self._written(home.line1, first=first)
        if self._happens(0.3):
            for long, short in (("Street", "St"), ("Avenue", "Ave"), ("North", "N")):
                line1 = line1.replace(long, short)
        line2 = home.line2 if self._happens(0.7) else None
        place = {"line1": line1, "line2": line2, "city": self._written(home.city, first=first)}
        code = home.postal_code
        if not first and self._happens(self.noise.id_wrong):
            code = digit_mistyped(code, self.dice)
        return [place | {"state": home.state, "postal_code": code}]

    def _new_home(self, old: Home) -> Home:
        dice = self.dice
        street = f"{dice.choice(places.STREETS)} {dice.choice(places.STREET_TYPES)}"
        code = f"{old.postal_code[:3]}{dice.randint(1, 99):02}"
        line1 = f"{dice.randint(1, 9899)} {street}"
        city, state = old.city, old.state
        if self._happens(0.25):
            place = dice.choice(places.PLACES)
            city, state = place.city, place.state
            code = f"{place.zip_prefix}{dice.randint(1, 99):02}"
        return Home(line1, None, city, state, code, old.phone, old.policy)

    def _phones(self, person: Person, *, first: bool) -> list[str]:
        known = [phone for phone in person.phones if not self._lacks(first=first)]
        if not first and self._happens(self.noise.moved):
            area_code = person.home.phone[2:5]
            known = [f"+1{area_code}555{self.dice.randint(0, 9999):04}"]
        return sorted(set(known))

    def _emails(self, person: Person, *, first: bool) -> list[str]:
        if person.email is None or self._lacks(first=first):
            return []
        if not first and self._happens(self.noise.moved / 2):
            return [f"{person.last_name[0].lower()}{self.dice.randint(1, 99999)}@example.net"]
        return [person.email]

    def _policies(self, person: Person, *, first: bool) -> list[str]:
        if self._happens(0.5):
            return []
        if not first and self._happens(self.noise.moved):
            return [f"P{self.dice.randint(0, 99_999_999):08}"]
        return [person.home.policy]

    def _identifiers(self, person: Person, *, first: bool) -> list[dict[str, str]]:
        found = []
        if first and self._happens(0.4):
            found.append(("ehr", f"E{person.number:07}"))
        elif not first:
            found.append(("external", f"X{self.dice.randint(0, 10**9)}"))
        for item, value, share in (("ssn", person.ssn, 0.6), ("mbi", person.mbi, 0.8)):
            if value and self._happens(share):
                found.append((item, self._number(item, value, first=first)))
        return [
            {"item": f"ssn/{value}" if item == "ssn" else item, "value": value}
            for item, value in found
        ]

    def _number(self, item: str, value: str, *, first: bool) -> str:
        if item == "ssn" and not first and self._happens(0.08):
            return value[-4:]
        if not first and self._happens(self.noise.id_wrong):
            return digit_mistyped(value, self.dice)
        if item == "ssn" and not first and self._happens(self.noise.other_value / 2):
            return f"9{self.dice.randint(0, 99):02}{self.dice.randint(1, 49):02}9876"
        return value
