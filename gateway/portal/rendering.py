"""Rendering pages: where templates are found, and what they can say."""

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse

from gateway.portal.formatting import moment, month, number, point, seconds, sentence, share, size
from gateway.portal.languages import (
    LANGUAGES,
    gettext,
    language,
    ngettext,
    page_address,
    pgettext,
    translated,
)
from gateway.portal.page_requests import PageRequest

HERE = Path(__file__).parent
STATIC = HERE / "static"
FEATURES = ("desk", "imports", "patients", "reviews", "rows", "settings", "sign_in")


def render(
    template: str,
    page_request: PageRequest | None = None,
    status: int = HTTPStatus.OK,
    **values: Any,  # noqa: ANN401 - templates take what they name
) -> HTMLResponse:
    """The page of a template, in the language of the request.

    Every template knows `page_request`, and may get `error` (what went wrong) and `done` (what was
    done), which are shown at the top of the page.
    """
    shown = {
        "page_request": page_request,
        "error": None,
        "done": None,
        "zone": "UTC",
        "account": None,
    } | values
    headers = {"Content-Language": language().tag, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(environment().get_template(template).render(shown), int(status), headers)


@cache
def environment() -> Environment:
    """The templates. Every value is escaped; a name without a value is an error.

    `imports/one_import.html` is `imports/templates/one_import.html`; a name without a feature is in
    `templates/`, which all features share.
    """
    of_features = {name: FileSystemLoader(HERE / name / "templates") for name in FEATURES}
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader(of_features)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined] # of the extension
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    made.filters |= {
        "number": number,
        "moment": moment,
        "month": month,
        "point": point,
        "seconds": seconds,
        "size": size,
        "share": share,
        "sentence": sentence,
        "translated": translated,
    }
    made.globals |= {
        "static": static,
        "language": language,
        "languages": LANGUAGES,
        "page_address": page_address,
    }
    return made


@cache
def static(name: str) -> str:
    """The address of a style sheet or script; it changes with the file, so it can be cached."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
    return f"/static/{name}?v={version}"
