"""Synthetic people: person i is a pure function of (seed, i).

None of them exists. Phones are on the 555 exchange, which no carrier holds (the first 10,000 people
have only 555-0100..0199, set aside for fiction); e-mails are on domains of RFC 2606; social
security numbers are in area 9xx with groups 01..49, never issued and no taxpayer numbers either.
Medicare ids have the published shape; no range of that shape is reserved for examples.
"""

import unicodedata

import numpy as np
import polars as pl
from numpy.typing import NDArray

from synthetic import clinical, names, places
from synthetic.random_draws import Dice, Mask, digits, falling_weights, keep, take

FICTION_ONLY_PEOPLE = 10_000
MEDICARE_BEFORE_YEAR = 1960  # born before it: enrolled in Medicare
_FIRST_BIRTHDAY = np.datetime64("1925-01-01")
_DECADE_WEIGHTS = [3, 8, 14, 18, 15, 13, 12, 9, 6, 2]  # 1925-34 .. 2015-24, as a clinic sees them
_DECADE_DAYS = 3652
_LETTERS = "ACDEFGHJKMNPQRTUVWXY"  # a Medicare id has no S, L, O, I, B, Z
_DIGITS = "0123456789"
_EITHER = _DIGITS + _LETTERS
_MEDICARE_SHAPE = (
    "123456789", _LETTERS, _EITHER, _DIGITS, _LETTERS, _EITHER, _DIGITS,
    _LETTERS, _LETTERS, _DIGITS, _DIGITS,
)  # fmt: skip
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "ß": "ss"})


def people(count: int, seed: int, start: int = 0) -> pl.DataFrame:
    """Return people `start` .. `start + count - 1`, one row each; absent values are null.

    `index` is Int64, `birth_date` a Date, all else text. Ids: `number` (8 digits, leading zeros),
    `medicare_id`, `ssn`, `licence` with `licence_state`. `sex` is M or F, `gender` M, F, O or U.
    Phones are 10 digits. Lists (`icd10`, `medications`, `flags`) are joined with `; `.
    """
    dice = Dice(np.arange(start, start + count, dtype=np.uint64), seed)
    columns = _identity(dice) | _home(dice) | _second_home(dice) | _contacts(dice)
    columns |= _ids(dice) | _care(dice) | _staff(dice)
    frame = pl.DataFrame({"index": dice.index.astype(np.int64)} | columns)
    return frame.with_columns(_emails(dice, frame)).with_columns(_medicare_only())


def _identity(dice: Dice) -> dict[str, pl.Series]:
    birth = _birth_dates(dice)
    woman = dice.chance("sex", 520)
    other, unknown = dice.chance("gender o", 5), dice.chance("gender u", 5)
    gender = np.select([other, unknown, woman], [2, 3, 1], 0)
    return {
        "number": digits(dice.index.astype(np.int64) + 1, 8),
        "first_name": _first_names(
            dice, woman, birth < np.datetime64(f"{names.ERA_BREAK_YEAR}-01-01")
        ),
        "last_name": _last_names(dice),
        "birth_date": pl.Series(birth),
        "sex": take(("M", "F"), woman.astype(np.int64)),
        "gender": take(("M", "F", "O", "U"), gender),
    }


def _birth_dates(dice: Dice) -> NDArray[np.datetime64]:
    days = dice.pick("decade", _DECADE_WEIGHTS) * _DECADE_DAYS + dice.below(
        "birthday", _DECADE_DAYS
    )
    return _FIRST_BIRTHDAY + days.astype("timedelta64[D]")


def _first_names(dice: Dice, woman: Mask, older: Mask) -> pl.Series:
    lists = (names.OLDER_MEN, names.OLDER_WOMEN, names.YOUNGER_MEN, names.YOUNGER_WOMEN)
    starts = np.cumsum([0] + [len(each) for each in lists[:-1]])
    which = woman.astype(np.int64) + 2 * (~older).astype(np.int64)
    ranks = [dice.pick("first name", falling_weights(len(each))) for each in lists]
    chosen = np.choose(which, ranks) + starts[which]
    return take([name for each in lists for name in each], chosen)


def _last_names(dice: Dice) -> pl.Series:
    weights = falling_weights(len(names.LAST_NAMES))
    single = take(names.LAST_NAMES, dice.pick("last name", weights))
    second = take(names.LAST_NAMES, dice.pick("second last name", weights))
    doubled = pl.Series(dice.chance("double last name", 40)) & (single != second)
    return (single + dice.text("last name glue", ("-", " ")) + second).zip_with(doubled, single)


def _place_column(dice: Dice, column: str, suffix: str = "") -> pl.Series:
    ranks = dice.pick("place" + suffix, [place.weight for place in places.PLACES])
    return take([getattr(place, column) for place in places.PLACES], ranks)


def _home(dice: Dice, suffix: str = "") -> dict[str, pl.Series]:
    house = digits(dice.below("house" + suffix, 9_899) + 1)
    street = dice.text("street" + suffix, places.STREETS)
    unit = dice.text("unit" + suffix, places.UNIT_KINDS) + digits(
        dice.below("unit no" + suffix, 40) + 1
    )
    return {
        "street" + suffix: house
        + " "
        + street
        + " "
        + dice.text("type" + suffix, places.STREET_TYPES),
        "unit" + suffix: dice.keep("unit" + suffix, unit, 180),
        "city" + suffix: _place_column(dice, "city", suffix),
        "state" + suffix: _place_column(dice, "state", suffix),
        "zip" + suffix: _place_column(dice, "zip_prefix", suffix)
        + digits(dice.below("zip" + suffix, 99) + 1, 2),
    }


def _second_home(dice: Dice) -> dict[str, pl.Series]:
    has_second = dice.chance("second home", 80)
    return {name: keep(column, has_second) for name, column in _home(dice, "_2").items()}


def _contacts(dice: Dice) -> dict[str, pl.Series]:
    shares = {"home_phone": 600, "mobile_phone": 820, "work_phone": 150}
    return {field: dice.keep(field, phones(dice, field), share) for field, share in shares.items()}


def phones(dice: Dice, field: str) -> pl.Series:
    """Return 10 digits: an area code of the home state, exchange 555, an unassigned line."""
    fiction = 100 + dice.below(field, 100)
    wide = 2_000 + dice.below(field, 2_000)  # clear of 555-1212 and 555-4334, which were in use
    line = np.where(dice.index < FICTION_ONLY_PEOPLE, fiction, wide)
    return _place_column(dice, "area_code") + "555" + digits(line, 4)


def _emails(dice: Dice, frame: pl.DataFrame) -> list[pl.Series]:
    """Return `email` and `email_2`: `first.last.index`, so no two people share one."""
    name = (
        _slugs(frame["first_name"])
        + "."
        + _slugs(frame["last_name"])
        + "."
        + digits(frame["index"].to_numpy())
    )
    first, second = (
        name + dice.text("domain", ("@example.com", "@example.org")),
        name + "@example.net",
    )
    return [
        dice.keep("email", first, 700).alias("email"),
        dice.keep("second email", second, 120).alias("email_2"),
    ]


def _slugs(values: pl.Series) -> pl.Series:
    known = values.unique().to_list()
    return values.replace_strict(known, [_slug(name) for name in known], return_dtype=pl.String)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_UNDECOMPOSED))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def _ids(dice: Dice) -> dict[str, pl.Series]:
    social = dice.unique_below("ssn", 100 * 49 * 9_999).astype(np.int64)
    area, group, serial = 900 + social % 100, 1 + social // 100 % 49, 1 + social // 4_900
    has_licence = dice.chance("licence", 350)
    return {
        "medicare_id": _medicare_ids(dice),
        "ssn": dice.keep("ssn", digits(area * 1_000_000 + group * 10_000 + serial), 550),
        "licence": keep("D" + digits(dice.below("licence no", 10_000_000), 7), has_licence),
        "licence_state": keep(_place_column(dice, "state"), has_licence),
    }


def _medicare_ids(dice: Dice) -> pl.Series:
    """Return 11 characters by position (CMS, "Understanding the MBI format"), no two alike."""
    left = dice.unique_below("medicare", int(np.prod([len(each) for each in _MEDICARE_SHAPE])))
    text = pl.Series([""]).new_from_index(0, len(left))
    for alphabet in _MEDICARE_SHAPE:
        left, rank = np.divmod(left, np.uint64(len(alphabet)))
        text = text + take(list(alphabet), rank.astype(np.int64))
    return text


def _care(dice: Dice) -> dict[str, pl.Series]:
    risk = dice.pick("risk", clinical.RISK_WEIGHTS)
    enrolled = np.datetime64("2024-01-01") + dice.below("ccm", 700).astype("timedelta64[D]")
    secondary = dice.text("secondary plan", clinical.SECONDARY_PLANS)
    group = dice.text("client group", clinical.CLIENT_GROUPS)
    return {
        "plan": dice.text("plan", clinical.PLANS),
        "policy": "P" + digits(dice.below("policy", 100_000_000), 8),
        "secondary_plan": dice.keep("secondary plan", secondary, 250),
        "risk_level": take(clinical.RISK_LEVELS, risk),
        "risk_score": digits(risk * 30 + dice.below("risk score", 30)),
        "department": dice.text("department", clinical.DEPARTMENTS),
        "language": take(clinical.LANGUAGES, dice.pick("language", clinical.LANGUAGE_WEIGHTS)),
        "client_group": dice.keep("client group", group, 500),
        "notes": dice.keep("note", dice.text("note", clinical.NOTES), 250),
        "icd10": dice.listed("icd10", clinical.ICD10_CODES, some=900, two=300),
        "medications": dice.listed("medication", clinical.MEDICATIONS, some=600, two=400),
        "flags": dice.listed("flag", clinical.FLAGS, some=250, two=300),
        "ccm_date": dice.keep("ccm", pl.Series(enrolled).cast(pl.String), 400),
    }


def _staff(dice: Dice) -> dict[str, pl.Series]:
    firsts, lasts = [first for first, _ in clinical.STAFF], [last for _, last in clinical.STAFF]
    manager, physician = dice.below("manager", len(firsts)), dice.below("physician", len(firsts))
    return {
        "manager_first": dice.keep("manager", take(firsts, manager), 400),
        "manager_last": dice.keep("manager", take(lasts, manager), 400),
        "physician_first": take(firsts, physician),
        "physician_last": take(lasts, physician),
    }


def _medicare_only() -> list[pl.Expr]:
    """Return the columns of people old enough for Medicare, blanked for the rest."""
    enrolled = pl.col("birth_date").dt.year() < MEDICARE_BEFORE_YEAR
    since = pl.col("birth_date").dt.offset_by("65y").dt.truncate("1mo").cast(pl.String)
    return [
        pl.when(enrolled).then(pl.col("medicare_id")).alias("medicare_id"),
        pl.when(enrolled).then(since).alias("medicare_date"),
        pl.when(enrolled).then(pl.col("ccm_date")).alias("ccm_date"),
    ]
