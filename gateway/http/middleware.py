"""The outermost layer of API and portal: body limits, a log line for each request, no bare error.

Bodies are limited here, in size and in time, because the framework reads JSON whole before it
checks the caller's key.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.telemetry.observe import NO_ROUTE, known_method, observe_request
from registry.telemetry.spans import OpenSpan, span

logger = logging.getLogger(__name__)

PROBES = ("/health", "/ready")
MAX_BODY_BYTES = 64 * 1024
"""The limit of every body that is not an upload."""

BODY_SECONDS = 20.0
"""How long such a body may take to come."""

NUL = b"\x00"
"""No address has a use for it, and PostgreSQL cannot store it."""

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""The framework's spans would hold the called address, with patients' ids and signed links."""


class BodyRefused(Exception):
    """The body is larger than `MAX_BODY_BYTES`, or did not come within `BODY_SECONDS`."""


@dataclass(frozen=True)
class Answers:
    """How an application answers what the middleware refuses.

    `refused` takes the status and what is wrong, `unexpected` takes the error and logs it.
    """

    refused: Callable[[HTTPStatus, str], ASGIApp]
    unexpected: Callable[[Exception], ASGIApp]


_Refusal = tuple[HTTPStatus, str]

_TOO_LARGE: _Refusal = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {MAX_BODY_BYTES:,} bytes"
)  # fmt: skip
_TOO_SLOW: _Refusal = (
    HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {BODY_SECONDS:.0f} seconds"
)  # fmt: skip
_HAS_NUL: _Refusal = (HTTPStatus.BAD_REQUEST, "the address has the character NUL (%00)")


class Edge:
    """ASGI middleware around a whole application.

    Paths that begin with `uploads` have no limit; `headers` are those of every answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        answers: Answers,
        uploads: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._answers = answers
        self._uploads = uploads
        self._headers = headers or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with span("request", "server", _header(scope, b"traceparent")) as traced:
            began = time.monotonic()
            limited = not self._is_upload(scope)
            exchange = _Exchange(scope, receive, send, self._headers, limited=limited)
            try:
                await self._answer(scope, exchange)
            except Exception as error:  # noqa: BLE001 - the server would log its text, with values in it
                answer = self._answers.unexpected(error)
                if not exchange.status:
                    await answer(scope, receive, exchange.send)
            _tell(scope, exchange.status, time.monotonic() - began, traced)

    async def _answer(self, scope: Scope, exchange: "_Exchange") -> None:
        refusal = _refusal(scope, limited=exchange.limited)
        if refusal is None:
            try:
                await self._app(scope, exchange.receive, exchange.send_of_app)
            except BodyRefused:
                if exchange.status:
                    raise
            refusal = None if exchange.status else exchange.refusal
        if refusal is not None:
            await self._answers.refused(*refusal)(scope, exchange.receive, exchange.send)

    def _is_upload(self, scope: Scope) -> bool:
        return bool(scope["path"].startswith(self._uploads))


class _Exchange:
    """One request and its answer: counts the body, adds headers, remembers the status."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: Mapping[str, str],
        *,
        limited: bool,
    ) -> None:
        self.limited = limited
        self.status = 0
        self.refusal: _Refusal | None = None
        self._until = time.monotonic() + BODY_SECONDS
        self._headers = headers
        self._state = scope.setdefault("state", {})
        self._receive = receive
        self._send = send
        self._received_bytes = 0
        self._body_is_read = not _has_body(scope)

    async def receive(self) -> Message:
        """The next part of the body.

        Raises:
            BodyRefused: it is limited, and more than `MAX_BODY_BYTES` came, or it is too slow.
        """
        if not self.limited or self._body_is_read:
            message = await self._receive()
        else:
            try:
                async with asyncio.timeout(self._until - time.monotonic()):
                    message = await self._receive()
            except TimeoutError:
                self.refusal = _TOO_SLOW
                raise BodyRefused from None
        self._received_bytes += len(message.get("body", b""))
        self._body_is_read = not message.get("more_body", False)
        if self._received_bytes > MAX_BODY_BYTES and self.limited:
            self._body_is_read = False
            self.refusal = _TOO_LARGE
            raise BodyRefused
        return message

    async def send_of_app(self, message: Message) -> None:
        """Send a part of the application's answer, but none that it makes of a body cut off."""
        if self.status or self.refusal is None:
            await self.send(message)

    async def send(self, message: Message) -> None:
        """Send a part of the answer, with the headers that were put into the request's state."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            added = {**self._headers, **self._state.get("headers", {})}
            message["headers"] = [
                *message.get("headers", []),
                *((name.lower().encode(), text.encode()) for name, text in added.items()),
                # Otherwise the server reads the rest of the body, which may never end.
                *([] if self._body_is_read else [(b"connection", b"close")]),
            ]
        await self._send(message)


def _refusal(scope: Scope, *, limited: bool) -> _Refusal | None:
    """Why a request is refused before its body is read, if it is."""
    if NUL in scope["path"].encode() or NUL in unquote_to_bytes(scope["query_string"]):
        return _HAS_NUL
    return _TOO_LARGE if limited and _announced_bytes(scope) > MAX_BODY_BYTES else None


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return _announced_bytes(scope) > 0 or b"transfer-encoding" in names


def _announced_bytes(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _header(scope: Scope, name: bytes) -> str | None:
    found = dict(scope["headers"]).get(name)
    return None if found is None else found.decode("latin-1")


def _tell(scope: Scope, status: int, seconds: float, traced: OpenSpan) -> None:
    """Log the request, count it, and say in its span what it was."""
    # The route's pattern, not the called path: that holds patients' ids and signed links.
    route = getattr(scope.get("route"), "path", None)
    method = known_method(scope["method"])
    if route in PROBES and status == HTTPStatus.OK:
        return  # a balancer asks each second
    logger.info(
        "request: method=%s route=%s status=%d ms=%.0f",
        method,
        route or NO_ROUTE,
        status,
        seconds * 1000,
    )
    observe_request(method, route, status, seconds)
    traced.name(f"{method} {route or NO_ROUTE}")
    traced.say(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
    )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        traced.fail()
