"""Whom to tell when something needs a hand."""

from pydantic import Field, SecretStr, field_validator

from registry.settings.concern import ConcernSettings
from registry.settings.time_zones import require_zones


class NotificationSettings(ConcernSettings):
    """Notifications of operators."""

    notify_urls: SecretStr | None = Field(
        None,
        description="Where operators are told of failures, stuck and late imports and silent "
        "senders, and where the daily digest goes: addresses as Apprise writes them, with spaces "
        "between, such as mailtos://user:password@mail.example?to=ops@clinic.example or "
        "slack://…. Not set: nobody is told.",
    )
    notify_late_hours: float = Field(
        6,
        gt=0,
        description="How many hours after it was due an import that is not over is late. A nightly "
        "file is due at the midnight after its receipt, any other one when it is received.",
    )
    notify_digest_hour: int = Field(
        7, ge=0, le=23, description="Hour of the day from which the daily digest is sent."
    )
    notify_time_zone: str = Field(
        "UTC", description="Time zone of `ROSTERLINE_NOTIFY_DIGEST_HOUR`."
    )

    @field_validator("notify_time_zone")
    @classmethod
    def _known_zone_of_digest(cls, zone: str) -> str:
        require_zones((zone,))
        return zone
