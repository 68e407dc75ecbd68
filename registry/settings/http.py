"""HTTP, over which portal and API are reached."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from registry.settings.concern import HTTP_URL, ConcernSettings, split_list


class HttpSettings(ConcernSettings):
    """Portal and API over HTTP."""

    http_host: str = Field("127.0.0.1", description="Address on which portal and API listen.")
    http_port: int = Field(8080, ge=1, le=65535, description="Port on which portal and API listen.")
    public_url: str | None = Field(
        None,
        pattern=HTTP_URL,
        description="Address under which callers reach the HTTP API, for the links it hands out. "
        "Not set: http://host:port of the two settings before.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For tells where a caller "
        "is, with commas between, e.g. 127.0.0.1,10.0.0.0/8. From other addresses it is ignored.",
    )
    requests_per_minute: int = Field(
        1200, gt=0, description="Most requests that one API key may make in any minute."
    )
    rate_limit_url: SecretStr | None = Field(
        None,
        description="Redis or Valkey that counts these requests for all API processes, e.g. "
        "redis://user:password@host:6379/0. Not set: PostgreSQL counts them.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for each in proxies:
            ip_network(each)
        return proxies

    @property
    def api_url(self) -> str:
        """Address under which callers reach the HTTP API, without a slash at its end."""
        own = f"http://{self.http_host}:{self.http_port}"
        return (self.public_url or own).rstrip("/")
