"""Dagster: its web page, its schedules, its runs."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from registry.settings.concern import HTTP_URL, ConcernSettings, split_list

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


class DagsterSettings(ConcernSettings):
    """Dagster."""

    webserver_host: str = Field(
        "127.0.0.1", description="Address on which the Dagster webserver listens."
    )
    webserver_port: int = Field(
        3000, ge=1, le=65535, description="Port on which the Dagster webserver listens."
    )
    dagster_public_url: str | None = Field(
        None,
        pattern=HTTP_URL,
        description="Address under which operators reach the Dagster UI, for the portal's links to "
        "runs. Not set: http://host:port of the Dagster webserver.",
    )
    nightly_zones: Annotated[tuple[str, ...], NoDecode] = Field(
        ZONES_OF_THE_UNITED_STATES,
        description="Time zones that have a nightly schedule, separated by commas. Files of "
        "accounts in other zones are served by the sensor within minutes after their midnight.",
    )
    max_imports_per_run: int = Field(
        50, gt=0, description="Most imports that one Dagster run works through."
    )

    @field_validator("nightly_zones", mode="before")
    @classmethod
    def _split_zones(cls, listed: object) -> object:
        return split_list(listed)

    @field_validator("nightly_zones")
    @classmethod
    def _known_zones(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        # available_timezones() opens the file of each zone, and every command reads the settings.
        other = set(zones) - set(ZONES_OF_THE_UNITED_STATES)
        if other and (unknown := other - available_timezones()):
            raise ValueError(f"no such time zone: {', '.join(sorted(unknown))}")
        return tuple(dict.fromkeys(zones))

    @property
    def run_url(self) -> str:
        """Address below which operators find a run by its id."""
        own = f"http://{self.webserver_host}:{self.webserver_port}"
        return f"{(self.dagster_public_url or own).rstrip('/')}/runs"
