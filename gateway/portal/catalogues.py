"""The texts of the portal in other languages: gettext catalogues, read when they are first used.

`locales/es/LC_MESSAGES/portal.po` is the only file of a language; nothing has to be compiled.
`make words` brings new texts into it (`cli/translation/collect.py`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
SAID = "said"
"""The context of texts with `{values}` in them that other packages make, such as refusals."""

PLACE = re.compile(r"\{(\w+)\}")
"""Where such a text has a value."""

_FIGURE = re.compile(r"[\d,]+(?:\.\d+)?(?: %)?")
"""A value that is a number: `1,000`, `10.5`, `60 %`."""


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language; `said` are patterns of texts that come with values in them."""

    texts: NullTranslations
    said: tuple[tuple[re.Pattern[str], str], ...] = ()

    def translated(self, text: str, figure: Callable[[str], str]) -> str:
        """A text as another package made it; as it is if it is not known whole.

        `figure` writes a number as the language has it. Several reasons come with `; ` between.
        """
        parts = text.split("; ")
        # A text of one reason may have a semicolon too: then its parts are not known.
        known = [self._known(part, figure) for part in parts]
        if None in known:
            return self._known(text, figure) or text
        return "; ".join(filter(None, known))

    def _known(self, text: str, figure: Callable[[str], str]) -> str | None:
        found = self.texts.gettext(text) if text else text
        if found != text:
            return found
        for pattern, there in self.said:
            if match := pattern.fullmatch(text):
                values = {
                    name: figure(value)
                    if _FIGURE.fullmatch(value)
                    else self._known(value, figure) or value
                    for name, value in match.groupdict().items()
                }
                return there.format_map(values)
        return None


@cache
def catalogue(code: str) -> Catalogue:
    """The catalogue of a language; the empty one for English, whose texts are the keys."""
    path = path_of(code)
    if code == "en":
        return Catalogue(NullTranslations())
    # Who serves no page in another language needs none of it.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with path.open("rb") as file:
        known = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, known)
    compiled.seek(0)
    said = [
        (str(each.id), str(each.string)) for each in known if each.context == SAID and each.string
    ]
    # The pattern with most words of its own is the one that a text was made of.
    said.sort(key=lambda pair: -len(PLACE.sub("", pair[0])))
    patterns = tuple((pattern_of(text), there) for text, there in said)
    return Catalogue(GNUTranslations(compiled), patterns)


def path_of(code: str) -> Path:
    """Where the catalogue of a language is."""
    return LOCALES / code / "LC_MESSAGES" / "portal.po"


def pattern_of(text: str) -> re.Pattern[str]:
    """What finds the values of a text: `at most {most} keys` → `at most (?P<most>.+?) keys`."""
    parts = PLACE.split(text)
    made = (
        f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile("".join(made), re.DOTALL)
