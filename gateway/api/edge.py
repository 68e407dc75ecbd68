"""The outermost layer: a log line a request, rate limit headers, no error without an answer.

And no body without a limit: the framework reads JSON whole before anybody is asked for a key.
"""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import problem, unexpected
from gateway.links import UPLOAD_PATH

logger = logging.getLogger(__name__)

MAX_JSON_BYTES = 64 * 1024


class BodyTooLarge(Exception):
    """More came than any JSON body of ours needs."""


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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

        is_upload = scope["path"].startswith(f"{UPLOAD_PATH}/")

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
                await _too_large(scope, receive, send_on)
            else:
                await self._app(scope, receive_on, send_on)
        except Exception as error:  # noqa: BLE001 - the server would log its text, with values in it
            answer = unexpected(error)
            if not status:
                await answer(scope, receive, send_on)
        _log(scope, status, time.monotonic() - began)


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return _announced(scope) > 0 or b"transfer-encoding" in names


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(413, f"a body has at most {MAX_JSON_BYTES:,} bytes")
    await answer(scope, receive, send)


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
