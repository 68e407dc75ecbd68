"""Folded spellings of US states and of languages, with the codes that are stored."""

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
    "U.S. Virgin Islands": "VI", "Washington DC": "DC",
}  # fmt: skip
_POSTAL_NAMES = {
    "Northern Mariana Islands": "MP", "Commonwealth of the Northern Mariana Islands": "MP",
    "Micronesia": "FM", "Federated States of Micronesia": "FM", "Marshall Islands": "MH",
    "Palau": "PW", "Armed Forces Americas": "AA", "Armed Forces Europe": "AE",
    "Armed Forces Pacific": "AP",
}  # fmt: skip
STATE_CODES = tuple(sorted(set(_STATE_NAMES.values())))
POSTAL_CODES = tuple(sorted({*STATE_CODES, *_POSTAL_NAMES.values()}))
"""With the territories and the armed forces that the US postal service delivers to."""

_GENDER_WORDS = {
    "O": ("x", "non-binary", "nonbinary", "undifferentiated"),
    "U": (
        "unspecified", "not specified", "unreported", "not reported", "undisclosed",
        "not disclosed", "declined", "declined to answer", "declined to state",
        "prefer not to say", "prefer not to answer", "asked but unknown",
    ),
}  # fmt: skip
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
    "español": "es",
    "français": "fr",
    "português": "pt",
    "deutsch": "de",
    "italiano": "it",
    "русский": "ru",
    "中文": "zh",
    "tiếng việt": "vi",
    "kreyòl": "ht",
    "kreyòl ayisyen": "ht",
}

_NO_FIRST_NAMES = (
    "Baby", "Baby Boy", "Baby Girl", "Boy", "Girl", "Male", "Female", "Newborn", "New Born",
    "Newborn Boy", "Newborn Girl", "Newborn Male", "Newborn Female", "Neonate", "Infant",
    "Infant Boy", "Infant Girl", "Infant Male", "Infant Female", "Baby Male", "Baby Female",
    "Boy Baby", "Girl Baby", "Male Infant", "Female Infant", "Male Newborn", "Female Newborn",
    "Twin", "Twin Boy", "Twin Girl", "Baby Twin", "Triplet", "Quadruplet", "Unnamed",
    "Unnamed Baby", "Not Named", "No Name", "No First Name", "Baby Unnamed", "BB", "BG", "NB",
    "Bebe", "Recien Nacido", "Recien Nacida", "Unknown", "Not Known", "Not Available", "Not Given",
    "Not Provided", "Undefined", "Null", "None", "TBD", "FNU",
)  # fmt: skip
_BEGIN_NAMES = ("Boy", "Male")
"""With a letter behind it, each is a name (`Boyd`, `Malea`): folding knows no spaces."""


@cache
def placeholder_first_names() -> str:
    """Pattern of folded first names that say `a newborn` or `unknown`, and name nobody.

    `Na`, `Nan`, `Nat` and `Nil` are names; a full stop stands where somebody has only one name.

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
    """Folded code or name to code, of all `POSTAL_CODES`."""
    names = {fold(name): code for name, code in (_STATE_NAMES | _POSTAL_NAMES).items()}
    return names | {code.lower(): code for code in POSTAL_CODES}


@cache
def gender_words() -> dict[str, str]:
    """Folded words of other systems to O (other) and U (unknown)."""
    return {fold(word): code for code, words in _GENDER_WORDS.items() for word in words}


@cache
def languages() -> dict[str, str]:
    """Folded ISO 639 code or English name to ISO 639-1 code."""
    import pycountry  # noqa: PLC0415 - loading it reads its lists, and few commands need them

    spellings: dict[str, str] = {}
    for language in pycountry.languages:
        code = getattr(language, "alpha_2", None)
        if code is None:
            continue
        names = [code, language.alpha_3, getattr(language, "bibliographic", None), language.name]
        names += [getattr(language, "common_name", None), language.name.split(" (")[0]]
        spellings |= {fold(name): code for name in names if name}
    return spellings | {fold(name): code for name, code in _MORE_LANGUAGES.items()}
