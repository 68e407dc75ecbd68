"""English that is left on a page in another language."""

import re
from html.parser import HTMLParser

from babel.messages.pofile import read_po

from gateway.portal.catalogues import path_of
from schemas.catalogue import FORMATS
from tests.gateway.portal.untranslated import NO_LANGUAGE, READ_BY_PEOPLE

EMPTY = frozenset(("br", "hr", "img", "input", "link", "meta", "rect", "line", "circle", "path"))
COLUMNS = frozenset(
    name.removesuffix(" *")
    for file_format in FORMATS.values()
    for column in file_format.columns
    for name in (column.label, column.header)
)
"""What columns are called in files, whatever the language of the page."""

_COLUMNS = re.compile("|".join(map(re.escape, sorted(COLUMNS, key=len, reverse=True))))
_ENGLISH = re.compile(
    r"\b(the|of|and|is|are|was|were|with|your|this|that|not|by|for)\b", re.IGNORECASE
)


def english_on(page: str, code: str) -> list[str]:
    """The texts of a page that are English, though its language is `code`."""
    with path_of(code).open("rb") as file:
        known = {
            each.id
            for each in read_po(file, locale=code)
            if isinstance(each.id, str) and each.string.casefold() != each.id.casefold()
        }
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return [
        text
        for text in reader.texts
        if text and text not in COLUMNS
        if text in known or _ENGLISH.search(_COLUMNS.sub("", text))
    ]


class _Reader(HTMLParser):
    """The texts of a page, but those that say that they are English."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in EMPTY:
            is_english = values.get("lang") == "en"
            self._open.append((tag, tag in NO_LANGUAGE or is_english or "hidden" in values))
        if not self._is_left_out():
            shown = (values[name] or "" for name in READ_BY_PEOPLE if name in values)
            self.texts += (each.strip() for each in shown)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_left_out():
            self.texts.append(re.sub(r"\s+", " ", data).strip())

    def _is_left_out(self) -> bool:
        return any(left_out for _, left_out in self._open)
