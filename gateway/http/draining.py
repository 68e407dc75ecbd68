"""How a process that serves HTTP stops: it says so, stops accepting, and ends what is under way."""

import asyncio
import signal
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.settings.doors import DoorSettings


class Draining:
    """Whether this process stops; what a balancer sees is `/ready`."""

    def __init__(self) -> None:
        self.is_stopping = False


class CloseWhileDraining:
    """ASGI middleware: connections that are kept open end with their next answer.

    Otherwise a balancer would send a request over one at the moment at which it is closed.
    """

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and self._draining.is_stopping:
                others = [each for each in message.get("headers", []) if each[0] != b"connection"]
                message["headers"] = [*others, (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, send_and_close if scope["type"] == "http" else send)


class DrainingServer(uvicorn.Server):
    """Uvicorn's server, which still accepts for a while after SIGTERM (`drain_notice_seconds`).

    It then ends like uvicorn's: no new connections, and `timeout_graceful_shutdown` for what is
    under way. A second signal ends the wait.
    """

    def __init__(self, config: uvicorn.Config, settings: DoorSettings, draining: Draining) -> None:
        super().__init__(config)
        self._notice_seconds = settings.drain_notice_seconds
        self._draining = draining

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; called by the signal."""
        is_first = not self._draining.is_stopping
        self._draining.is_stopping = True
        if is_first and sig == signal.SIGTERM and self._notice_seconds > 0:
            # Uvicorn raises the signal again at the end, so that the exit code tells of it.
            self._captured_signals.append(sig)
            loop = asyncio.get_running_loop()
            # A signal may come while the loop waits, which a timer alone would not end.
            loop.call_soon_threadsafe(loop.call_later, self._notice_seconds, self._stop)
            return
        super().handle_exit(sig, frame)

    def _stop(self) -> None:
        self.should_exit = True
