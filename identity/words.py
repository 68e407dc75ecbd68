"""Words of names and addresses that have a meaning of their own, as data."""

TITLES = ("mr", "mrs", "ms", "miss", "dr", "rev", "fr", "sr", "sra", "don", "dona")
"""Words before a first name; dropped if a word follows."""

DEGREES = ("md", "phd", "rn", "esq", "dds", "do", "jd", "cpa")
"""Words after a name; dropped."""

SUFFIXES = {
    "jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr",
    "ii": "ii", "2nd": "ii", "iii": "iii", "3rd": "iii", "iv": "iv", "4th": "iv",
}  # fmt: skip
"""Words that tell apart people of one name in one family."""

PARTICLES = (
    "de", "del", "dela", "la", "las", "los", "le", "el", "al", "di", "da", "do", "dos", "das", "du",
    "des", "van", "von", "der", "den", "ter", "ten", "zu", "zur", "bin", "ibn", "ben", "st", "san",
    "santa", "saint", "mc", "mac", "o", "d", "y", "e",
)  # fmt: skip
"""Words of a last name that many families share, so that having one in common says nothing."""

ADDRESS_WORDS = {
    "street": "st", "str": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr",
    "drv": "dr", "lane": "ln", "court": "ct", "place": "pl", "boulevard": "blvd", "circle": "cir",
    "terrace": "ter", "highway": "hwy", "parkway": "pkwy", "square": "sq", "trail": "trl",
    "crescent": "cres", "close": "cl", "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw", "saint": "st",
    "mount": "mt", "fort": "ft", "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th",
    "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th",
    "apartment": "apt", "unit": "apt", "suite": "apt", "ste": "apt", "number": "apt", "no": "apt",
    "room": "apt", "rm": "apt", "floor": "apt", "fl": "apt", "lot": "apt",
}  # fmt: skip
"""Words of an address and the one spelling under which they are compared (after USPS's list)."""
