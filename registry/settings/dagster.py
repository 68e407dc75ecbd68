"""Dagster: its web page, its schedules, its runs."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from registry.settings.concern import HTTP_URL, ConcernSettings, split_list
from registry.settings.time_zones import ZONES_OF_THE_UNITED_STATES, require_zones


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
        description="Address under which operators reach the Dagster UI. It answers to this name "
        "and to those of this machine only. Not set: http://host:port of the Dagster webserver.",
    )
    nightly_zones: Annotated[tuple[str, ...], NoDecode] = Field(
        ZONES_OF_THE_UNITED_STATES,
        description="Time zones that have a nightly schedule, separated by commas. The zones of "
        "accounts have one besides.",
    )
    max_imports_per_run: int = Field(
        200,
        gt=0,
        description="Most imports that one Dagster run works through; of several accounts together "
        "50 at most.",
    )

    @field_validator("nightly_zones", mode="before")
    @classmethod
    def _split_zones(cls, listed: object) -> object:
        return split_list(listed)

    @field_validator("nightly_zones")
    @classmethod
    def _known_zones(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        require_zones(zones)
        return tuple(dict.fromkeys(zones))

    @property
    def dagster_url(self) -> str:
        """Address under which operators reach the Dagster UI, without a slash at its end."""
        # A server can listen on all addresses; a browser needs one.
        listens = self.webserver_host
        host = "127.0.0.1" if listens in {"0.0.0.0", "::"} else listens  # noqa: S104 - as above
        own = f"http://{f'[{host}]' if ':' in host else host}:{self.webserver_port}"
        return (self.dagster_public_url or own).rstrip("/")

    @property
    def run_url(self) -> str:
        """Address below which operators find a run by its id."""
        return f"{self.dagster_url}/runs"
