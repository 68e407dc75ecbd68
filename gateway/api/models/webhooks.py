"""Webhooks: where they go, and how deliveries went."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body, Status

URL = r"^(https?://[^\s@/?#]+([/?#]\S*)?)?$"
"""What an address looks like; gateway/webhooks/allowed_targets.py decides whether it is used."""


class NewSettings(Body):
    """The settings to change."""

    webhook_url: (
        Annotated[str, Field(max_length=2000, json_schema_extra={"pattern": URL})] | None
    ) = Field(
        description="Where to send webhooks: https, reachable from here. Null or empty for none.",
        examples=["https://app.example.com/rosterline"],
    )


class DeliveryAttempt(Body):
    """One attempt to deliver one message."""

    message_id: UUID
    request_id: UUID
    status: Status
    number: int = Field(description="1 for the first attempt.", examples=[1])
    tried_at: datetime
    seconds: float
    http_status: int | None
    fault: str | None = Field(description="Why the attempt failed; null if it did not.")


class WebhookSettings(Body):
    """Where webhooks go. The portal's settings show the signing key; no call does."""

    id: str = Field(description="The account's name.", examples=["harbor"])
    webhook_url: str | None
    webhook_enabled: bool = Field(
        description="Whether an address is set, and took what was last sent to it: the ping, or a "
        "message. Messages are sent, and tried again, in either case."
    )
    webhook_status_detail: str | None = Field(
        description="Why what was last sent there failed; null if it did not."
    )


class WebhookLog(WebhookSettings):
    """Where webhooks go, and the latest delivery attempts."""

    tries: list[DeliveryAttempt]


class Retried(Body):
    """How many undelivered messages are sent again now."""

    messages: int
