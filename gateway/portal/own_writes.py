"""What a person just wrote is on their next page, though pages may come from a replica.

The answer to each request that may write takes a cookie along with the position of the primary's
log. A page is read from the replica once that has come so far (`registry/database/replica.py`).
The position is no secret, and whoever alters it only sees pages of another moment.
"""

from http.cookies import SimpleCookie

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.database.replica import NEVER, log_position

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_DIGITS = 19


def written_up_to(request: Request, cookie_name: str) -> int:
    """The position that the browser brings along; 0 where it wrote nothing yet."""
    given = request.cookies.get(_name(cookie_name))
    if given is None:
        return 0
    return int(given) if given.isdecimal() and len(given) <= _MOST_DIGITS else NEVER


class RememberWrites:
    """The middleware that sets the cookie; only where there is a replica."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the cookie if the request was one that may write."""
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                context = scope["app"].state.context
                position = await run_in_threadpool(log_position, context.pool)
                cookie = SimpleCookie({_name(context.cookie_name): str(position)})
                (written,) = cookie.values()
                written["path"], written["samesite"] = "/", "Lax"
                written["httponly"], written["secure"] = True, context.is_https
                MutableHeaders(scope=message).append("set-cookie", written.OutputString())
            await send(message)

        await self._app(scope, receive, with_cookie)


def _name(cookie_name: str) -> str:
    return f"{cookie_name}-written"
