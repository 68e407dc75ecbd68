"""A sign that text is in a code page of Mac OS or MS-DOS, and not in Windows-1252.

No file is read by such a guess (decision 002); a sender whose names would be misread is told.
"""
# ruff: noqa: RUF001 - the marks that are meant

import re
from collections.abc import Iterable
from itertools import islice, pairwise

_PAGES = {
    "mac_roman": "Mac OS (“CSV (Macintosh)”)",
    "cp850": "MS-DOS (“CSV (MS-DOS)”)",
    "cp437": "MS-DOS (“CSV (MS-DOS)”)",
}
_WORD = re.compile(
    rb"(?=[A-Za-z\x80-\xff]*[A-Za-z])[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*"
)
_WORDS_LOOKED_AT = 5_000
_BEFORE = "“‘‚„•–—…¡¿£€«"
_AFTER = "”’…–—™®©»°ºª²³"
_INSIDE = "’‘–—·´"
_ODD_SHARE = 0.2
_RIGHT_SHARE = 0.9


def other_code_page(chunks: Iterable[bytes]) -> str | None:
    """The code page that makes words of what Windows-1252 cannot; None where that makes words."""
    words = list(
        islice((word for chunk in chunks for word in _WORD.findall(chunk)), _WORDS_LOOKED_AT)
    )
    if not words or _share(words, "cp1252") > 1 - _ODD_SHARE:
        return None
    best = max(_PAGES, key=lambda page: _share(words, page))
    return _PAGES[best] if _share(words, best) >= _RIGHT_SHARE else None


def _share(words: list[bytes], codec: str) -> float:
    return sum(_is_word(word.decode(codec, "replace")) for word in words) / len(words)


def _is_word(text: str) -> bool:
    """Whether a name or a word can look like this: letters, no capital after a small letter."""
    bare = text.lstrip(_BEFORE).rstrip(_AFTER)
    for mark in _INSIDE:
        bare = bare.replace(mark, "")
    if not bare.isalpha() or any(mark in bare for mark in "ºª"):
        return bare == ""
    return not any(
        one.islower() and other.isupper() and not other.isascii() for one, other in pairwise(bare)
    )
