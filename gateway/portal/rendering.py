"""Rendering pages: where templates are found, and how they show numbers, times and durations."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from gateway.portal.page_requests import PageRequest

HERE = Path(__file__).parent
STATIC = HERE / "static"
FEATURES = ("desk", "imports", "patients", "reviews", "rows", "settings", "sign_in")
NOTHING = "\u2013"


def render(
    template: str,
    page_request: PageRequest | None = None,
    status: int = HTTPStatus.OK,
    **values: Any,  # noqa: ANN401 - templates take what they name
) -> HTMLResponse:
    """The page of a template.

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
    return HTMLResponse(environment().get_template(template).render(shown), int(status))


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
    )
    made.filters |= {
        "number": number,
        "moment": moment,
        "seconds": seconds,
        "size": size,
        "share": share,
        "sentence": sentence,
    }
    made.globals["static"] = static
    return made


@cache
def static(name: str) -> str:
    """The address of a style sheet or script; it changes with the file, so it can be cached."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
    return f"/static/{name}?v={version}"


def number(value: int | None) -> str:
    """`12,345`; a dash for None."""
    return NOTHING if value is None else f"{value:,}"


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """`22 Nov 2026, 03:14 EST` in the account's time zone; a dash for None.

    As an element `time`: static/portal.js shows it in the zone of who reads it, and leaves that of
    the account as its title.
    """
    if value is None:
        return NOTHING
    local = value.astimezone(ZoneInfo(zone))
    said = f"{local.day} {local:%b %Y, %H:%M %Z}"
    return Markup('<time datetime="{}">{}</time>').format(value.astimezone(UTC).isoformat(), said)


def sentence(text: str) -> str:
    """A text as a sentence: `the file is gone` → `The file is gone.`."""
    made = text[:1].upper() + text[1:]
    return made if made.endswith((".", "!", "?")) else f"{made}."


def seconds(value: float | timedelta | None) -> str:
    """`0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`; a dash for None."""
    if value is None:
        return NOTHING
    total = value.total_seconds() if isinstance(value, timedelta) else value
    if total < 10:  # noqa: PLR2004 - below this, tenths are shown
        return f"{total:.1f} s"
    minutes, rest = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def size(value: int) -> str:
    """`1.2 MB`; a kilobyte is 1,000 bytes, as in file managers."""
    amount = float(value)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - the step between units
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def share(part: int, whole: int) -> str:
    """`2.0 %`; a share that is not zero is never shown as zero: `< 0.1 %`."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    return "< 0.1 %" if percent < 0.1 else f"{percent:.1f} %"  # noqa: PLR2004 - as shown
