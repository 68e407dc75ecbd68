"""Logs of the services."""

from typing import Literal

from pydantic import Field

from registry.settings.concern import ConcernSettings

MIB_BYTES = 1024**2


class LogSettings(ConcernSettings):
    """Logs of the services."""

    log_format: Literal["text", "json"] = Field(
        "text",
        description="How services write their logs: `text` for people, `json` for collectors, one "
        "object a line, with `import_id` where a line is about an import. Dagster's own too.",
    )
    log_max_bytes: int = Field(
        20 * MIB_BYTES,
        gt=0,
        description="Size from which the log of a service is rotated, in bytes. Dagster's "
        "webserver, daemon and code servers are rotated too.",
    )
    log_files: int = Field(
        5, ge=1, le=99, description="Rotated logs that are kept of each service, the newest ones."
    )
