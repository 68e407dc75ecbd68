"""The outermost layer of API and portal: body limits, a log line for each request, no bare error.

Bodies are limited here because the framework reads JSON whole before it checks the caller's key.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
"""The limit of every body that is not an upload."""

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""The framework's spans would hold the called address, with patients' ids and signed links."""


class BodyTooLarge(Exception):
    """The body is larger than `MAX_BODY_BYTES`."""


@dataclass(frozen=True)
class Answers:
    """How an application answers what the middleware refuses.

    `too_large` takes the allowed bytes, `unexpected` takes the error and logs it.
    """

    too_large: Callable[[int], ASGIApp]
    unexpected: Callable[[Exception], ASGIApp]


class Edge:
    """ASGI middleware around a whole application; paths that begin with `uploads` have no limit."""

    def __init__(self, app: ASGIApp, *, answers: Answers, uploads: str) -> None:
        self._app = app
        self._answers = answers
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        exchange = _Exchange(scope, receive, send, limited=not self._is_upload(scope))
        try:
            if exchange.limited and _announced_bytes(scope) > MAX_BODY_BYTES:
                await self._answers.too_large(MAX_BODY_BYTES)(scope, receive, exchange.send)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - the server would log its text, with values in it
            answer = self._answers.unexpected(error)
            if not exchange.status:
                await answer(scope, receive, exchange.send)
        _log(scope, exchange.status, time.monotonic() - began)

    def _is_upload(self, scope: Scope) -> bool:
        return bool(scope["path"].startswith(self._uploads))


class _Exchange:
    """One request and its answer: counts the body, adds headers, remembers the status."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, limited: bool) -> None:
        self.limited = limited
        self.status = 0
        self._state = scope.setdefault("state", {})
        self._receive = receive
        self._send = send
        self._received_bytes = 0
        self._body_is_read = not _has_body(scope)

    async def receive(self) -> Message:
        """The next part of the body.

        Raises:
            BodyTooLarge: more than `MAX_BODY_BYTES` came, and the body is limited.
        """
        message = await self._receive()
        self._received_bytes += len(message.get("body", b""))
        self._body_is_read = not message.get("more_body", False)
        if self._received_bytes > MAX_BODY_BYTES and self.limited:
            self._body_is_read = False
            raise BodyTooLarge
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, with the headers that were put into the request's state."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            added = self._state.get("headers", {})
            message["headers"] = [
                *message.get("headers", []),
                *((name.lower().encode(), text.encode()) for name, text in added.items()),
                # Otherwise the server reads the rest of the body, which may never end.
                *([] if self._body_is_read else [(b"connection", b"close")]),
            ]
        await self._send(message)


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return _announced_bytes(scope) > 0 or b"transfer-encoding" in names


def _announced_bytes(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _log(scope: Scope, status: int, seconds: float) -> None:
    # The route's pattern, not the called path: that holds patients' ids and signed links.
    route = getattr(scope.get("route"), "path", "no route")
    logger.info(
        "request: method=%s route=%s status=%d ms=%.0f",
        scope["method"] if scope["method"].isalpha() else "?",
        route,
        status,
        seconds * 1000,
    )
