"""The outermost layer: a log line a request, rate limit headers, and no error without an answer."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import unexpected

logger = logging.getLogger(__name__)


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
        began, status = time.monotonic(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = state.get("headers", {})
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.lower().encode(), text.encode()) for name, text in added.items()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:  # noqa: BLE001 - the server would log its text, with values in it
            answer = unexpected(error)
            if not status:
                await answer(scope, receive, send_on)
        _log(scope, status, time.monotonic() - began)


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
