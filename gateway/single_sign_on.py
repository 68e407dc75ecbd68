"""Single sign-on by OpenID Connect: the way to the provider, and what its token says.

The code flow with PKCE; state, nonce and verifier are in a signed cookie of the browser that began.
Authlib makes the requests and checks the token: signature, issuer, audience, time, nonce.
"""

from dataclasses import dataclass
from typing import Any, cast

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse

from registry.settings import Settings

PATH = "/sign-in/single-sign-on"
CALLBACK = f"{PATH}/callback"
SECONDS = 15
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""With the provider's public key. `none`, and those with a shared secret, are not accepted."""

MALFORMED = (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, RuntimeError)


class ProviderAway(Exception):
    """The provider cannot be reached, or answers with an error."""


class NotProven(Exception):
    """The provider's answer proves nothing: it was asked by another browser, changed, or is old."""


@dataclass(frozen=True)
class Identity:
    """Who signed in at the provider; `email` is None where it is not verified there."""

    issuer: str
    subject: str
    email: str | None
    has_second_factor: bool


class SingleSignOn:
    """The client of the provider that is set."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = str(settings.oidc_issuer)
        self._callback = f"{settings.api_url}{CALLBACK}"
        secret = settings.oidc_client_secret
        self._client = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{self._issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email",
                "code_challenge_method": "S256",
                "timeout": SECONDS,
            },
        )

    async def begin(self, request: Request) -> RedirectResponse:
        """Send the browser to the provider.

        Raises:
            ProviderAway: the provider cannot be reached.
        """
        try:
            await self._load_metadata()
            answer = await self._client.authorize_redirect(request, self._callback)
        except httpx2.HTTPError as error:
            raise ProviderAway from error
        return cast("RedirectResponse", answer)

    async def end(self, request: Request) -> Identity:
        """Who came back from the provider.

        Raises:
            ProviderAway: the provider cannot be reached.
            NotProven: this browser did not ask, or the token is not valid.
        """
        try:
            await self._load_metadata()
            token = await self._client.authorize_access_token(
                request, claims_options={"iss": {"essential": True, "value": self._issuer}}
            )
            return await self._identity(token)
        except httpx2.HTTPError as error:
            raise ProviderAway from error
        except MALFORMED as error:
            raise NotProven(type(error).__name__) from error

    async def _identity(self, token: dict[str, Any]) -> Identity:
        claims = token["userinfo"]
        subject = str(claims["sub"])
        if "email" not in claims:
            told = await self._client.userinfo(token=token)
            if told["sub"] != subject:
                raise NotProven("another subject")
            claims = dict(told) | dict(claims)
        is_verified = claims.get("email_verified") is True
        methods = claims.get("amr")
        return Identity(
            self._issuer,
            subject,
            str(claims["email"]).strip().lower() if is_verified else None,
            # RFC 8176
            has_second_factor=isinstance(methods, list) and "mfa" in methods,
        )

    async def _load_metadata(self) -> None:
        metadata = await self._client.load_server_metadata()
        offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        accepted = [each for each in offered if each in SIGNATURES]
        metadata["id_token_signing_alg_values_supported"] = accepted or ["RS256"]
