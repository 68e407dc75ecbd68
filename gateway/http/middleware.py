"""The outermost layer: a log line a request, rate limit headers, no error without an answer.

And no body without a limit: the framework reads JSON whole before anybody is asked for a key.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import problem, unexpected
from gateway.http.signed_links import UPLOAD_PATH

logger = logging.getLogger(__name__)

MAX_JSON_BYTES = 64 * 1024

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""The framework's own spans hold the address that was called: ids of patients, links that open."""


class BodyTooLarge(Exception):
    """More came than any JSON body of ours needs."""


@dataclass(frozen=True)
class Answers:
    """What the edge itself answers: to a body of more than so many bytes, to an error of ours."""

    too_large: Callable[[int], ASGIApp]
    unexpected: Callable[[Exception], ASGIApp]


AS_JSON = Answers(
    lambda most: problem(413, f"a body has at most {most:,} bytes"),
    unexpected,
)


class Edge:
    """ASGI middleware around a whole application; below `uploads` bodies have no limit here."""

    def __init__(
        self, app: ASGIApp, *, answers: Answers = AS_JSON, uploads: str = f"{UPLOAD_PATH}/"
    ) -> None:
        self._app = app
        self._answers = answers
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        began, status, count = time.monotonic(), 0, 0
        is_whole = not _has_body(scope)

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = state.get("headers", {})
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.lower().encode(), text.encode()) for name, text in added.items()),
                    # Else the server would read on, to throw away what may never end.
                    *([] if is_whole else [(b"connection", b"close")]),
                ]
            await send(message)

        is_upload = scope["path"].startswith(self._uploads)

        async def receive_on() -> Message:
            nonlocal count, is_whole
            message = await receive()
            count += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if count > MAX_JSON_BYTES and not is_upload:
                is_whole = False
                raise BodyTooLarge
            return message

        try:
            if not is_upload and _announced(scope) > MAX_JSON_BYTES:
                await self._answers.too_large(MAX_JSON_BYTES)(scope, receive, send_on)
            else:
                await self._app(scope, receive_on, send_on)
        except Exception as error:  # noqa: BLE001 - the server would log its text, with values in it
            answer = self._answers.unexpected(error)
            if not status:
                await answer(scope, receive, send_on)
        _log(scope, status, time.monotonic() - began)


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return _announced(scope) > 0 or b"transfer-encoding" in names


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _log(scope: Scope, status: int, seconds: float) -> None:
    # The route's own path: the one that was called holds ids of patients, and links that open.
    route = getattr(scope.get("route"), "path", "no route")
    logger.info(
        "request: method=%s route=%s status=%d ms=%.0f",
        scope["method"] if scope["method"].isalpha() else "?",
        route,
        status,
        seconds * 1000,
    )
