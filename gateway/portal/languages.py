"""The language of a page: what its reader chose, else what the browser asks for, else English.

    cookie ──▶ Accept-Language ──▶ English

`PageLanguage` sets it for a request, and whatever makes a part of the answer asks `language()`.
English texts are the keys of the catalogues (`gateway/portal/catalogues.py`). A text that Python
writes is `gettext("…")`; one of a constant is marked `N_("…")` and looked up where it is shown, by
the templates' filter `translated`.
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass

from babel.localedata import exists
from babel.numbers import get_decimal_symbol, get_group_symbol
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.portal.catalogues import catalogue

COOKIE = "rosterline-language"
LANGUAGES = {"en": "English", "es": "Español"}
"""The languages of the portal by their code, each under its own name."""

_RANGE = re.compile(r"([A-Za-z]{2,8})(?:-([A-Za-z0-9-]{1,20}))?(?:\s*;\s*q=(\d(?:\.\d{0,3})?))?")
"""A language with its weight, as RFC 9110 writes it: `es-MX;q=0.8`."""
_MOST_RANGES = 20


@dataclass(frozen=True)
class Language:
    """A language: its code, and the region after whose habits numbers are written, if it is known.

    English has no region: its numbers and times are the portal's own.
    """

    code: str = "en"
    region: str = ""

    @property
    def tag(self) -> str:
        """What HTML and HTTP call it: `es`, `es-MX`."""
        return f"{self.code}-{self.region}" if self.region else self.code

    @property
    def locale(self) -> str:
        """What Babel calls it: `es`, `es_MX`."""
        return self.tag.replace("-", "_")


@dataclass(frozen=True)
class _Shown:
    language: Language = Language()
    address: str = "/"


_shown: ContextVar[_Shown] = ContextVar("shown", default=_Shown())  # noqa: B039 - it cannot be changed


def language() -> Language:
    """The language of the page that is made now; English outside of a request."""
    return _shown.get().language


def page_address() -> str:
    """The address to which a change of the language leads back; `/` for the answer to a form."""
    return _shown.get().address


def gettext(text: str, /, **values: object) -> str:
    """A text in the page's language, with values for its placeholders: `%(name)s`."""
    found = catalogue(language().code).texts.gettext(text) if text else ""
    return found % values if values else found


def ngettext(one: str, many: str, count: int | None, /, **values: object) -> str:
    """The form of a text that goes with a count; None counts as nothing."""
    found = catalogue(language().code).texts.ngettext(one, many, count or 0)
    return found % values if values else found


def pgettext(context: str, text: str) -> str:
    """A text that says something else in another context, such as the state of a file."""
    return catalogue(language().code).texts.pgettext(context, text)


def N_(text: str) -> str:  # noqa: N802 - the name that extractors know
    """Mark a text of a constant: it is looked up where it is shown."""
    return text


def translated(text: str) -> str:
    """A text that was made elsewhere, such as why a request is refused; as it is if unknown.

    It is no template: it may hold `%`, and is escaped as any value.
    """
    if language().code == "en":
        return text
    return catalogue(language().code).translated(text, _figure)


def _figure(text: str) -> str:
    """`1,234.5` as the language writes it."""
    locale = language().locale
    signs = {",": get_group_symbol(locale), ".": get_decimal_symbol(locale)}
    return "".join(signs.get(each, each) for each in text)


def chosen_language(chosen: str | None, accepted: str) -> Language:
    """The language of a cookie and of an `Accept-Language`; what cannot be read counts as absent.

    `None, "de, es-MX;q=0.8, en;q=0.5"` → Spanish with Mexico's numbers
    """
    asked = _ranges(accepted)
    known = [each for each in asked if each[0] in LANGUAGES]
    code = chosen if chosen in LANGUAGES else known[0][0] if known else "en"
    if code == "en":
        return Language()
    regions = (region for of, region in known if of == code and exists(f"{code}_{region}"))
    return Language(code, next(regions, ""))


def _ranges(accepted: str) -> list[tuple[str, str]]:
    """Pairs of language and region, those with the greatest weight first; without weight 0."""
    weighed = []
    for each in accepted.split(",")[:_MOST_RANGES]:
        found = _RANGE.fullmatch(each.strip())
        weight = float(found[3] or 1) if found else 0.0
        if found and weight:
            weighed.append((-weight, found[1].lower(), (found[2] or "").upper()))
    return [(code, region) for _, code, region in sorted(weighed, key=lambda each: each[0])]


class PageLanguage:
    """ASGI middleware, the outermost: refusals are in the reader's language, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        wanted = chosen_language(
            request.cookies.get(COOKIE), request.headers.get("accept-language", "")
        )
        before = _shown.set(_Shown(wanted, _address(scope)))
        try:
            await self._app(scope, receive, send)
        finally:
            _shown.reset(before)


def _address(scope: Scope) -> str:
    if scope["method"] != "GET":
        return "/"
    query = scope["query_string"].decode("latin-1")
    path = (scope.get("raw_path") or b"").decode("latin-1") or scope["path"]
    return f"{path}?{query}" if query else path
