"""Headers that restrict what browsers do with a page, and the refusal of forms of other sites."""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.portal.error_pages import error_page
from gateway.portal.languages import N_

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOREIGN = N_("This form was sent from another site.")
NOT_CACHED = {"Cache-Control": "no-store"}
CACHED_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """ASGI middleware, the outermost: every answer carries the headers above, refusals too."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._always = HEADERS | (ONLY_TLS if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; `Edge` sends the headers that are in its state."""
        if scope["type"] == "http":
            is_static = scope["path"].startswith("/static/")
            state = scope.setdefault("state", {})
            state["headers"] = self._always | (CACHED_FOR_GOOD if is_static else NOT_CACHED)
        await self._app(scope, receive, send)


class OwnFormsOnly:
    """ASGI middleware: refuses a form that another site sends, before its body is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_form = scope["type"] == "http" and scope["method"] not in ("GET", "HEAD")
        if is_form and _is_from_another_site(Headers(scope=scope)):
            answer = error_page(HTTPStatus.FORBIDDEN, FOREIGN)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_from_another_site(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
