"""The provider of single sign-on."""

from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from registry.settings.concern import HTTP_URL_WITHOUT_USER, ConcernSettings


class SingleSignOnSettings(ConcernSettings):
    """Single sign-on at the portal, by OpenID Connect."""

    oidc_issuer: str | None = Field(
        None,
        pattern=HTTP_URL_WITHOUT_USER,
        description="Issuer of the provider, as its /.well-known/openid-configuration names it. "
        "Not set: no single sign-on.",
    )
    oidc_client_id: str | None = Field(
        None,
        description="The client that the provider has for Rosterline. Its redirect address is "
        "`ROSTERLINE_PUBLIC_URL` with /sign-in/single-sign-on/callback.",
    )
    oidc_client_secret: SecretStr | None = Field(None, description="The secret of that client.")
    oidc_name: str = Field(
        "your organisation",
        description="What the button calls the provider: Sign in with ….",
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _is_encrypted(cls, issuer: str | None) -> str | None:
        if issuer and not issuer.startswith("https://") and not _is_this_machine(issuer):
            raise ValueError(
                "the issuer must begin with https://; only on this machine it need not"
            )
        return issuer

    @model_validator(mode="after")
    def _complete_provider(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ValueError(
                "oidc_issuer needs a client: set ROSTERLINE_OIDC_CLIENT_ID and "
                "ROSTERLINE_OIDC_CLIENT_SECRET too"
            )
        return self


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
