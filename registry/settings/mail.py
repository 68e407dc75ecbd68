"""The mail server over which users of the portal get their links."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from registry.settings.concern import ConcernSettings


class MailSettings(ConcernSettings):
    """E-mail to users of the portal."""

    smtp_host: str | None = Field(
        None,
        description="Mail server that sends invitations and links for forgotten passwords. Not "
        "set: commands show the links, and somebody has to send them.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the connection is encrypted: starttls (port 587), tls (465), or none, for "
        "a relay on this machine.",
    )
    smtp_user: str | None = Field(None, description="User name at the mail server, if it asks.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_from: str | None = Field(
        None, description="Sender of the mails, e.g. Rosterline <no-reply@clinics.example>."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.smtp_host and not self.smtp_from:
            raise ValueError("smtp_host needs a sender: set ROSTERLINE_SMTP_FROM too")
        return self
