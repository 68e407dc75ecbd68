"""Making pages: templates, and how they show numbers, moments and durations."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from gateway.portal.context import Visit

HERE = Path(__file__).parent
STATIC = HERE / "static"
NOTHING = "\u2013"


def render(
    template: str,
    visit: Visit | None = None,
    status: int = HTTPStatus.OK,
    **values: Any,  # noqa: ANN401 - templates take what they name
) -> HTMLResponse:
    """A page; every template knows the visit, an error to show, and a word that all is done."""
    shown = {"visit": visit, "error": None, "done": None, "zone": "UTC", "account": None} | values
    return HTMLResponse(environment().get_template(template).render(shown), int(status))


@cache
def environment() -> Environment:
    """The templates, every value escaped; a name that is not given is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
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
    }
    made.globals["static"] = static
    return made


@cache
def static(name: str) -> str:
    """The address of a style sheet or script, another one whenever it changes."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
    return f"/static/{name}?v={version}"


def number(value: int | None) -> str:
    """`12,345`; a dash for nothing."""
    return NOTHING if value is None else f"{value:,}"


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """`22 Nov 2026, 03:14` in the account's zone."""
    if value is None:
        return NOTHING
    local = value.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def seconds(value: float | timedelta | None) -> str:
    """`0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    if value is None:
        return NOTHING
    total = value.total_seconds() if isinstance(value, timedelta) else value
    if total < 10:  # noqa: PLR2004 - below, a tenth matters
        return f"{total:.1f} s"
    minutes, rest = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def size(value: int) -> str:
    """`1.2 MB`, in powers of a thousand as file managers count."""
    amount = float(value)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - the step between units
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def share(part: int, whole: int) -> str:
    """`2.0 %`; what is not nothing is never shown as nothing."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    return "< 0.1 %" if percent < 0.1 else f"{percent:.1f} %"  # noqa: PLR2004 - as shown
