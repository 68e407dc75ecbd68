"""Metrics of the services; OpenTelemetry's own variables say where traces go."""

from ipaddress import ip_address
from typing import Self

from pydantic import Field, SecretStr, model_validator

from registry.settings.concern import ConcernSettings


class TelemetrySettings(ConcernSettings):
    """Metrics.

    Traces are set up by the standard variables of OpenTelemetry, above all
    `OTEL_EXPORTER_OTLP_ENDPOINT` (docs/decisions/020-metrics-and-deployment.md).
    """

    metrics_host: str = Field(
        "127.0.0.1",
        description="Address on which each service serves `/metrics` for Prometheus. One that "
        "other machines reach needs `ROSTERLINE_METRICS_TOKEN`.",
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65500,  # `rosterline up` counts on from it
        description="Port of `/metrics`. `rosterline up` gives it to the API and the next ones to "
        "SFTP, intake and the service of calls about one patient. Not set: there are no metrics.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Bearer token that Prometheus has to send, of at least 16 characters.",
    )

    @model_validator(mode="after")
    def _closed_to_the_world(self) -> Self:
        if self.metrics_token is None and not _is_loopback(self.metrics_host):
            raise ValueError(
                f"metrics_host {self.metrics_host} is reached from other machines: set "
                "ROSTERLINE_METRICS_TOKEN too, or leave it at 127.0.0.1"
            )
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False  # a name may mean any address
