"""Mistakes with which people, keyboards and scanners write a name, a date or a number."""

import random
from collections.abc import Callable

_NEIGHBOURS = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy",
    "i": "uok", "j": "hku", "k": "jli", "l": "ko", "m": "n", "n": "bm", "o": "ipl", "p": "o",
    "q": "wa", "r": "etf", "s": "adw", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs",
    "y": "tuh", "z": "xa",
}  # fmt: skip
_SCANNED = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("l", "i"), ("i", "l"), ("h", "b"),
    ("e", "c"), ("u", "v"), ("o", "0"), ("s", "5"), ("vv", "w"), ("w", "vv"), ("nn", "rm"),
)  # fmt: skip


def mistyped(text: str, dice: random.Random) -> str:
    """One keystroke wrong: a letter changed, left out, doubled or swapped with the next."""
    if len(text) < 2:  # noqa: PLR2004
        return text
    place = dice.randrange(len(text) - 1)
    kind: Callable[[str, int, random.Random], str] = dice.choice(
        (_changed, _left_out, _doubled, _swapped)
    )
    return kind(text, place, dice)


def scanned(text: str, dice: random.Random) -> str:
    """One shape read for another, as a scanner does; the text itself if nothing looks alike."""
    lower = text.lower()
    found = [(old, new) for old, new in _SCANNED if old in lower[1:]]
    if not found:
        return mistyped(text, dice)
    old, new = dice.choice(found)
    place = lower.index(old, 1)
    return text[:place] + new + text[place + len(old) :]


def digit_mistyped(number: str, dice: random.Random) -> str:
    """One digit of a number wrong, or two swapped."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    place = dice.choice(places)
    if dice.random() < 0.4 and place + 1 in places and number[place] != number[place + 1]:  # noqa: PLR2004
        return _swapped(number, place, dice)
    other = dice.choice([digit for digit in "0123456789" if digit != number[place]])
    return number[:place] + other + number[place + 1 :]


def _changed(text: str, place: int, dice: random.Random) -> str:
    near = _NEIGHBOURS.get(text[place].lower(), "e")
    return text[:place] + dice.choice(near) + text[place + 1 :]


def _left_out(text: str, place: int, dice: random.Random) -> str:  # noqa: ARG001
    return text[: place + 1] + text[place + 2 :]


def _doubled(text: str, place: int, dice: random.Random) -> str:  # noqa: ARG001
    return text[: place + 1] + text[place:]


def _swapped(text: str, place: int, dice: random.Random) -> str:  # noqa: ARG001
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
