"""HTTP connections that do not send their request are closed, so that others are served.

The server limits the time between two requests, and not that of a request's head: a thousand
sockets that send nothing, or a line now and then, would stay for good.
"""

import asyncio
import resource
from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""How long a client may take until the last line of its request's headers has come."""

MOST_WAITING = 4_000
"""Most connections that wait for their request's head; one more closes the oldest of them."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PromptConnection(HttpToolsProtocol):
    """A connection over which each request's head comes in time."""

    _waiting: dict["PromptConnection", TimerHandle] = {}  # noqa: RUF012 - shared, oldest first

    def connection_made(self, transport: BaseTransport) -> None:
        """A client has connected."""
        super().connection_made(cast("Transport", transport))
        self._expect_head()

    def on_message_begin(self) -> None:
        """The first bytes of a request have come."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """The head of a request has come."""
        self._expect_nothing()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        waiting = PromptConnection._waiting
        if self in waiting:
            return
        if len(waiting) >= MOST_WAITING:
            next(iter(waiting)).give_up()
        waiting[self] = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.give_up)

    def _expect_nothing(self) -> None:
        timer = PromptConnection._waiting.pop(self, None)
        if timer is not None:
            timer.cancel()

    def give_up(self) -> None:
        """Close the connection, because its request did not come in time."""
        self._expect_nothing()
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()


SERVER: Final[dict[str, Any]] = {
    "http": PromptConnection,
    # gateway/http/middleware.py writes one without signed links and ids of patients.
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,  # the application knows which proxies it trusts
}
"""How uvicorn serves each of our doors."""


def allow_many_connections() -> None:
    """Let this process have as many open sockets as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
