"""How pages write numbers, times and durations, in the page's language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal, get_decimal_symbol
from markupsafe import Markup

from gateway.portal.languages import gettext, language

NOTHING = "\u2013"


def number(value: int | None) -> str:
    """`12,345`, in Spanish `12.345`; a dash for None."""
    if value is None:
        return NOTHING
    if language().code == "en":
        return f"{value:,}"
    return str(format_decimal(value, locale=language().locale))


def point(text: object) -> str:
    """A number that was written with a point, with the sign that the language has for it."""
    if language().code == "en":
        return str(text)
    return str(text).replace(".", get_decimal_symbol(language().locale))


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """`22 Nov 2026, 03:14 EST` in the account's time zone; a dash for None.

    As an element `time`: static/portal.js shows it in the zone of who reads it, and leaves that of
    the account as its title.
    """
    if value is None:
        return NOTHING
    local = value.astimezone(ZoneInfo(zone))
    if language().code == "en":
        said = f"{local.day} {local:%b %Y, %H:%M %Z}"
    else:
        date = format_datetime(local, "d MMM y, HH:mm", locale=language().locale)
        said = f"{date} {local:%Z}"
    return Markup('<time datetime="{}">{}</time>').format(value.astimezone(UTC).isoformat(), said)


def month(value: datetime) -> str:
    """`November 2026`, in Spanish `noviembre de 2026`."""
    if language().code == "en":
        return f"{value:%B %Y}"
    return str(format_datetime(value, "MMMM 'de' y", locale=language().locale))


def day_and_time(value: datetime) -> str:
    """`02 November 2026, 03:14`, in Spanish `2 de noviembre de 2026, 03:14`."""
    if language().code == "en":
        return f"{value:%d %B %Y, %H:%M}"
    return str(format_datetime(value, "d 'de' MMMM 'de' y, HH:mm", locale=language().locale))


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
        return point(f"{total:.1f} s")
    minutes, rest = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def size(value: int) -> str:
    """`1.2 MB`; a kilobyte is 1,000 bytes, as in file managers."""
    if value < 1000:  # noqa: PLR2004 - the step between units
        return gettext("%(count)s bytes", count=value)
    amount = value / 1000
    for unit in ("kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - the step between units
            return point(f"{amount:.1f} {unit}")
        amount /= 1000
    return point(f"{amount:.1f} GB")


def share(part: int, whole: int) -> str:
    """`2.0 %`; a share that is not zero is never shown as zero: `< 0.1 %`."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    return point("< 0.1 %" if percent < 0.1 else f"{percent:.1f} %")  # noqa: PLR2004 - as shown
