"""Which column of the format a sender's column may be: by its header, and by what is in it.

Nothing here reads a file: a person sees each suggestion, and decides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rosters.headers import KnownHeaders
from rosters.mapping.sample import SampledColumn
from rosters.mapping.shapes import has_shape, share_in_shape
from rosters.mapping.usual_names import USUAL_NAMES
from schemas.formats import Column, Format

KNOWN, USUAL, SIMILAR, CONTENT = "known", "usual", "similar", "content"
"""Why a column is suggested, the surest first: the format or the mapping knows its header, people
call it that, its header is similar to one of these, its values look like it."""

_SCORES = {KNOWN: 4.0, USUAL: 3.0, SIMILAR: 1.0, CONTENT: 0.5}
_SIMILAR_ENOUGH = 0.8
_MOSTLY = 0.8
_HARDLY = 0.2
_SHORT = 4
"""Words of fewer letters are similar by chance."""


@dataclass(frozen=True)
class Suggestion:
    """The slot that a column may fill, and why; no slot where nothing speaks for one."""

    slot: str | None = None
    why: str = ""


def suggest(columns: Sequence[SampledColumn], file_format: Format) -> list[Suggestion]:
    """A suggestion for each column; none suggests a slot that another one fills.

    What the format knows already, or its mapping, comes first.
    """
    suggested = [Suggestion() for _ in columns]
    taken: set[str] = set()
    found = sorted(_candidates(columns, file_format), key=lambda each: -each[0])
    for _, index, slot, why in found:
        if slot not in taken and suggested[index].slot is None:
            suggested[index] = Suggestion(slot, why)
            taken.add(slot)
    return suggested


def _candidates(
    columns: Sequence[SampledColumn], file_format: Format
) -> Iterator[tuple[float, int, str, str]]:
    """(score, index of the column, slot, why), the format's columns in their order."""
    known = KnownHeaders(file_format)
    slots = known.slots([column.header for column in columns])
    names = {column.slot: _names(column) for column in file_format.columns}
    kinds = {column.kind.name for column in file_format.columns}
    for index, (sampled, slot) in enumerate(zip(columns, slots, strict=True)):
        if slot is not None:
            yield _SCORES[KNOWN], index, slot, KNOWN
            continue
        if known.is_own(sampled.header):
            continue  # a person left it out
        words = _words(sampled.header)
        shares = {kind: share_in_shape(kind, sampled.values) for kind in kinds}
        is_filled = any(value.strip() for value in sampled.values)
        for column in file_format.columns:
            share = shares[column.kind.name]
            if is_filled and has_shape(column.kind.name) and share < _HARDLY:
                continue  # whatever it is called, it holds something else
            for score, why in _reason(words, share, column, names[column.slot]):
                yield score, index, column.slot, why


def _reason(
    words: str, share: float, column: Column, names: frozenset[str]
) -> Iterator[tuple[float, str]]:
    """What speaks most for a column with these words in its header, as (score, why)."""
    if words and words in names:
        yield _SCORES[USUAL] + share, USUAL
    elif likeness := _likeness(words, names):
        yield _SCORES[SIMILAR] + likeness + share, SIMILAR
    elif share >= _MOSTLY:
        yield _SCORES[CONTENT] * (column.required + share) / 2, CONTENT


def _names(column: Column) -> frozenset[str]:
    given = (*column.headers, column.slot.replace("_", " "), *USUAL_NAMES.get(column.slot, ()))
    return frozenset(_words(name) for name in given)


def _words(header: str) -> str:
    """`"Patient's E-Mail *"` → `"patients e mail"`."""
    plain = re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", header.casefold())
    spaced = re.sub(r"(?<=[a-z])(?=\d)", " ", plain.replace("_", " "))
    return " ".join(re.findall(r"\w+", spaced))


def _likeness(words: str, names: frozenset[str]) -> float:
    """How much the header is like the most similar name, 0 where it is like none.

    What differs in a number is another column: `Phone 2` is not `Phone 3`.
    """
    best = 0.0
    if len(words) < _SHORT:
        return best
    of_header, digits = set(words.split()), _digits(words)
    matcher = SequenceMatcher(b=words, autojunk=False)
    for name in names:
        if len(name) < _SHORT or _digits(name) != digits:
            continue
        of_name = set(name.split())
        if of_name < of_header or of_header < of_name:
            best = max(best, _SIMILAR_ENOUGH)
        matcher.set_seq1(name)
        least = max(best, _SIMILAR_ENOUGH)
        if matcher.real_quick_ratio() > least and matcher.quick_ratio() > least:
            best = max(best, matcher.ratio())
    return best if best >= _SIMILAR_ENOUGH else 0.0


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
