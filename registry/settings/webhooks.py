"""Webhooks."""

from pydantic import Field

from registry.settings.concern import ConcernSettings


class WebhookSettings(ConcernSettings):
    """Webhooks."""

    webhook_private_targets: bool = Field(
        default=False,
        description="Let webhooks go to private and loopback addresses, and over plain http. For "
        "development, and for receivers in the same network.",
    )
