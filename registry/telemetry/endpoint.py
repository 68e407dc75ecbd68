"""The port of `/metrics`: its own, on loopback unless a token closes it."""

import hmac
import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from registry.settings.telemetry import TelemetrySettings
from registry.telemetry.observe import begin_observing
from schemas.errors import ServiceUnavailable

if TYPE_CHECKING:
    from prometheus_client import Metric

logger = logging.getLogger(__name__)

PATH = "/metrics"
ANSWER_SECONDS = 10.0
"""How long a client may take to send its request, and to take the answer."""

AT_ONCE = 8
"""Connections that are served at a time; one more is closed."""

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Collector(Protocol):
    """Makes metrics anew at each scrape."""

    def collect(self) -> "Iterable[Metric]":
        """The metrics now."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as the library's
        self._places = BoundedSemaphore(AT_ONCE)
        super().__init__(*arguments)

    def server_bind(self) -> None:
        # The library's own looks up the name of the host, which may take seconds.
        super(WSGIServer, self).server_bind()
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Say nothing: a client went away, and the library would print a traceback."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = ANSWER_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as above
        """Log nothing: each scrape would be a line."""


@contextmanager
def serving_metrics(settings: TelemetrySettings, *collectors: Collector) -> Iterator[None]:
    """Serve `/metrics` while the body runs, if the settings name a port.

    Besides what this process observes, it shows what `collectors` make.

    Raises:
        ServiceUnavailable: the port is taken; the message names the variable to set.
    """
    if settings.metrics_port is None:
        yield
        return
    from prometheus_client import REGISTRY, make_wsgi_app  # noqa: PLC0415 - a quarter of a second

    begin_observing()
    server = _listen(settings, settings.metrics_port)
    token = settings.metrics_token
    server.set_app(_guarded(make_wsgi_app(REGISTRY), token.get_secret_value() if token else None))
    for each in collectors:
        REGISTRY.register(each)
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    logger.info("metrics are served on %s:%d", settings.metrics_host, settings.metrics_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        for each in collectors:
            REGISTRY.unregister(each)


def _listen(settings: TelemetrySettings, port: int) -> _Server:
    server_class = _Server6 if ":" in settings.metrics_host else _Server
    try:
        return server_class((settings.metrics_host, port), _Handler)
    except OSError as error:
        raise ServiceUnavailable(
            f"The metrics cannot be served on {settings.metrics_host}:{port} ({error.strerror}). "
            "Stop what uses this port, or set ROSTERLINE_METRICS_PORT."
        ) from error


def _guarded(metrics: _Application, token: str | None) -> _Application:
    """The metrics at their path only, for GET only, and only for who sends the token."""
    wanted = f"Bearer {token}".encode() if token else None

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1", "replace")
        if wanted is not None and not hmac.compare_digest(said, wanted):
            return _refuse(start_response, "401 Unauthorized", ("WWW-Authenticate", "Bearer"))
        if environ["PATH_INFO"] != PATH:
            return _refuse(start_response, "404 Not Found")
        if environ["REQUEST_METHOD"] != "GET":
            return _refuse(start_response, "405 Method Not Allowed", ("Allow", "GET"))
        return metrics(environ, start_response)

    return answer


def _refuse(
    start_response: Callable[..., Any], status: str, *headers: tuple[str, str]
) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers])
    return [f"{status}\n".encode()]
