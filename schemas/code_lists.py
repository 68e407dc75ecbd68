"""Spellings of US states and of languages, folded, and the codes they are stored as."""

from functools import cache

from schemas.name_folding import fold

_STATE_NAMES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA",
    "Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA",
    "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD",
    "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH",
    "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC",
    "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN",
    "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington": "WA",
    "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY", "District of Columbia": "DC",
    "American Samoa": "AS", "Guam": "GU", "Puerto Rico": "PR", "Virgin Islands": "VI",
    "U.S. Virgin Islands": "VI",
}  # fmt: skip
STATE_CODES = tuple(sorted(set(_STATE_NAMES.values())))
_MORE_LANGUAGES = {
    "mandarin": "zh",
    "cantonese": "zh",
    "farsi": "fa",
    "greek": "el",
    "tagalog": "tl",
    "filipino": "tl",
    "castilian": "es",
    "haitian creole": "ht",
    "punjabi": "pa",
    "khmer": "km",
}

_NO_FIRST_NAMES = (
    "Baby", "Baby Boy", "Baby Girl", "Boy", "Girl", "Male", "Female", "Newborn", "New Born",
    "Newborn Boy", "Newborn Girl", "Newborn Male", "Newborn Female", "Neonate", "Infant",
    "Infant Boy", "Infant Girl", "Infant Male", "Infant Female", "Baby Male", "Baby Female",
    "Boy Baby", "Girl Baby", "Male Infant", "Female Infant", "Male Newborn", "Female Newborn",
    "Twin", "Twin Boy", "Twin Girl", "Baby Twin", "Triplet", "Quadruplet", "Unnamed",
    "Unnamed Baby", "Not Named", "No Name", "No First Name", "Baby Unnamed", "BB", "BG", "NB",
    "Bebe", "Recien Nacido", "Recien Nacida",
)  # fmt: skip
_BEGIN_NAMES = ("Boy", "Male")
"""With a letter behind it, each is a name (`Boyd`, `Malea`): folding knows no spaces."""


@cache
def placeholder_first_names() -> str:
    """Pattern of folded first names that say `a newborn` and name nobody.

    A place among siblings may follow (`Twin A`, `Baby Boy 2`), and the mother (`Baby of …`).
    """
    names = "|".join(sorted({fold(name) for name in _NO_FIRST_NAMES}))
    others = "|".join(sorted({fold(n) for n in _NO_FIRST_NAMES if n not in _BEGIN_NAMES}))
    return (
        f"(?:{names})[1-8]?|(?:{others})(?:[a-h]|i{{1,3}}|iv|one|two|three|four)"
        "|(?:baby|infant|newborn|twin)(?:boy|girl)?of.+"
    )


@cache
def states() -> dict[str, str]:
    """Folded code or name to code: the 50 states, DC, AS, GU, PR and VI."""
    names = {fold(name): code for name, code in _STATE_NAMES.items()}
    return names | {code.lower(): code for code in _STATE_NAMES.values()}


@cache
def languages() -> dict[str, str]:
    """Folded ISO 639 code or English name to ISO 639-1 code."""
    import pycountry  # noqa: PLC0415 - it reads its lists when it is loaded, and few need them

    spellings: dict[str, str] = {}
    for language in pycountry.languages:
        code = getattr(language, "alpha_2", None)
        if code is None:
            continue
        names = [code, language.alpha_3, getattr(language, "bibliographic", None), language.name]
        names += [getattr(language, "common_name", None), language.name.split(" (")[0]]
        spellings |= {fold(name): code for name in names if name}
    return spellings | {fold(name): code for name, code in _MORE_LANGUAGES.items()}
