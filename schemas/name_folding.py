"""Folding of names and the blocking key of matching, for one person.

The DuckDB macros `fold` and `name_key` do the same for whole files; a test compares both.
"""

import hashlib
import unicodedata


def fold(text: str) -> str:
    """Text without case, accents, spaces and punctuation: `"O'Brién Jr."` → `"obrienjr"`."""
    bare = (c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] != "M")
    # The Greek sigma has a second small form at the end of words.
    lower = unicodedata.normalize("NFC", "".join(bare)).lower().replace("ς", "σ")  # noqa: RUF001
    return "".join(c for c in lower if unicodedata.category(c)[0] in "LN")


def name_key(first_name: str, last_name: str, birth_year: int, gender: str) -> int:
    """63 bits of the MD5 of the values that any two records of one person share."""
    person = "|".join((fold(first_name), fold(last_name), str(birth_year), gender))
    digest = hashlib.md5(person.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> 1
