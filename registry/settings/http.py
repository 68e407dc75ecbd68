"""HTTP, over which portal and API are reached."""

from pydantic import Field

from registry.settings.concern import HTTP_URL, ConcernSettings


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
    requests_per_minute: int = Field(
        1200, gt=0, description="Most requests that one API key may make in any minute."
    )

    @property
    def api_url(self) -> str:
        """Address under which callers reach the HTTP API, without a slash at its end."""
        own = f"http://{self.http_host}:{self.http_port}"
        return (self.public_url or own).rstrip("/")
