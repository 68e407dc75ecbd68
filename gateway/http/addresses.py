"""Where a request comes from."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from registry.settings.http import HttpSettings


def client_address(request: HTTPConnection) -> str:
    """The client's IP address; `unknown` without a network connection.

    It is the address that the connection comes from, unless `behind_proxies` found another one.
    """
    return request.client.host if request.client else "unknown"


def behind_proxies(app: ASGIApp, settings: HttpSettings) -> ASGIApp:
    """The application, told the client's address by proxies that are trusted, and by nobody else.

    `X-Forwarded-For` is read from its end, where the trusted proxies wrote; what a client sent
    itself stands before that. From any other address the header is ignored.
    """
    if not settings.trusted_proxies:
        return app
    return ProxyHeadersMiddleware(app, list(settings.trusted_proxies))  # type: ignore[arg-type, return-value]
