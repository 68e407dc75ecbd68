"""Folding of names and the blocking key of matching, for one person.

The DuckDB macros `fold` and `name_key` do the same for whole files, and call this `fold` for names
beyond Latin; a test compares both.
"""

import hashlib
import unicodedata
from functools import cache

# Letters that Unicode does not decompose, and the second forms of letters that lower case keeps.
_ONE_LETTER = str.maketrans(
    "ⱥƀɓƈȼđðɖɗɇƒǥɠħⱨıɨɉƙⱪĸłŀƚŋƞɲøɵƥɍſŧƭʈⱦʉʋⱳɏƴƶȥµςϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ",
    "abbccddddefgghhiijkkklllnnnooprsttttuvwyyzzμσβθφπκρεвдосттъѣꙋ",  # noqa: RUF001
)
_SEVERAL_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij", "ŉ": "n", "ẚ": "a",
    "ǆ": "dz", "ǉ": "lj", "ǌ": "nj", "ǳ": "dz",
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    "և": "եւ", "ﬓ": "մն", "ﬔ": "մե", "ﬕ": "մի", "ﬖ": "վն", "ﬗ": "մխ",
})  # fmt: skip
_SCRIPTS = ("LATIN ", "GREEK ", "CYRILLIC ", "FULLWIDTH LATIN ")
_LATIN_BY_ANOTHER_NAME = frozenset("ªºℲⅎↃ")


def _characters(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


# Apostrophes and accents that Unicode calls letters, and the Arabic stroke that widens a word.
_NO_LETTERS = _characters(
    (0x2B9, 0x2D1), (0x2EC, 0x2EC), (0x2EE, 0x2EE), (0x374, 0x374), (0x37A, 0x37A),
    (0x559, 0x559), (0x640, 0x640), (0x7F4, 0x7F5), (0xA717, 0xA71F), (0xA788, 0xA788),
    (0xA78B, 0xA78C),
)  # fmt: skip
# Marks that choose how the character before them is drawn, and say nothing else.
_NO_MARKS = _characters(
    (0x34F, 0x34F), (0x17B4, 0x17B5), (0x180B, 0x180D), (0x180F, 0x180F), (0xFE00, 0xFE0F),
    (0xE0100, 0xE01EF),
)  # fmt: skip


def fold(text: str) -> str:
    """Text without case, accents, spaces and punctuation; equal texts are one name.

    A mark is an accent on a Latin, Greek or Cyrillic letter. On any other letter it may be a vowel
    or another consonant, so it stays.
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    composed = unicodedata.normalize("NFC", text)  # a symbol's own mark goes with the symbol
    kept = "".join(c for c in composed if unicodedata.category(c)[0] in "LNM")
    bare = _without_accents(unicodedata.normalize("NFD", kept))
    lower = "".join(map(str.lower, bare))  # each on its own: a last sigma is a sigma
    return unicodedata.normalize("NFC", lower.translate(_ONE_LETTER).translate(_SEVERAL_LETTERS))


def _without_accents(decomposed: str) -> list[str]:
    """The letters and digits, and the marks on letters of scripts where they are no accents."""
    kept, marks_are_accents = [], True
    for character in decomposed:
        category = unicodedata.category(character)
        if character in _NO_LETTERS or character in _NO_MARKS:
            continue
        if category[0] != "M" or not marks_are_accents:
            kept.append(character)
        if category[0] == "L" and category != "Lm":
            marks_are_accents = _has_accents(character)
    return kept


@cache
def _has_accents(letter: str) -> bool:
    """Whether a letter is Latin, Greek or Cyrillic."""
    return letter in _LATIN_BY_ANOTHER_NAME or unicodedata.name(letter, "").startswith(_SCRIPTS)


def name_key(first_name: str, last_name: str, birth_year: int, gender: str) -> int:
    """63 bits of the MD5 of the values that any two records of one person share."""
    person = "|".join((fold(first_name), fold(last_name), str(birth_year), gender))
    digest = hashlib.md5(person.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> 1
