"""Sessions of the portal."""

from pydantic import Field

from registry.settings.concern import ConcernSettings


class PortalSettings(ConcernSettings):
    """Sessions of the portal."""

    session_idle_minutes: float = Field(
        30, gt=0, description="How long a user of the portal may do nothing and stay signed in."
    )
    session_hours: float = Field(
        12, gt=0, description="How long a user of the portal stays signed in at most."
    )
