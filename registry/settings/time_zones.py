"""Time zones in settings."""

from collections.abc import Iterable
from zoneinfo import available_timezones

ZONES_OF_THE_UNITED_STATES = (
    "UTC",
    "America/Puerto_Rico",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
    "Pacific/Guam",
)
"""UTC, and the zones of the United States and their territories."""


def require_zones(zones: Iterable[str]) -> None:
    """Refuse a zone that the system does not know.

    Raises:
        ValueError: there is no such zone.
    """
    # available_timezones() opens the file of each zone, and every command reads the settings.
    other = set(zones) - set(ZONES_OF_THE_UNITED_STATES)
    if other and (unknown := other - available_timezones()):
        raise ValueError(f"no such time zone: {', '.join(sorted(unknown))}")
