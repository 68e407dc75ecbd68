"""A FHIR endpoint for tests: a real HTTP server that records its requests."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from registry.settings import Settings


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body, keep_blank_values=True)

    @property
    def given(self) -> str:
        """The first name asked about."""
        return dict(self.parameters).get("patient.given", "")


@dataclass(frozen=True)
class Reply:
    """What to answer; one that hangs begins so many seconds late, one that drips takes as many
    for each byte."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    drip: float = 0.0


def document(**changes: object) -> dict[str, Any]:
    attachment = {"contentType": "text/xml", "url": "https://fhir.example/Binary/1"}
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": attachment}],
    } | changes


def searchset(count: int = 0, *, links: dict[str, str] | None = None, **changes: object) -> Reply:
    """A searchset with so many documents."""
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": name, "url": url} for name, url in (links or {}).items()],
        "entry": [{"resource": document(), "search": {"mode": "match"}} for _ in range(count)],
    } | changes
    return Reply(json.dumps({name: value for name, value in bundle.items() if value}).encode())


Behaviour = Callable[[Asked], Reply]


@dataclass
class Endpoint:
    """The server; `reply` says what each request gets, and may be changed at any time."""

    url: str = ""
    reply: Behaviour = lambda _: searchset()
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def names(self) -> list[str]:
        """First names asked about, in order."""
        return [each.given for each in self.asked if each.given]

    def settings(self, settings: Settings, **changes: object) -> Settings:
        """Settings with this endpoint, which may be asked fast."""
        fast = {"fhir_requests_per_second": 500.0, "fhir_timeout_seconds": 5.0}
        return settings.model_copy(update={"fhir_base_url": self.url, **fast, **changes})


@contextmanager
def serving() -> Iterator[Endpoint]:
    """Serve an endpoint on a free port."""
    endpoint = Endpoint()
    guard = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body, time.monotonic())
            with guard:
                endpoint.asked.append(asked)
                endpoint.at_once += 1
                endpoint.most_at_once = max(endpoint.most_at_once, endpoint.at_once)
            try:
                self.say(endpoint.reply(asked))
            finally:
                with guard:
                    endpoint.at_once -= 1

        do_GET = do_POST = answer  # noqa: N815 - as the base class wants them called

        def say(self, reply: Reply) -> None:
            endpoint.closing.wait(reply.hang)
            with suppress(OSError):  # who waited for us may have left
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/fhir+json")
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                for byte in reply.body if reply.drip else ():
                    self.wfile.write(bytes([byte]))
                    endpoint.closing.wait(reply.drip)
                self.wfile.write(b"" if reply.drip else reply.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/fhir"
    try:
        yield endpoint
    finally:
        endpoint.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
