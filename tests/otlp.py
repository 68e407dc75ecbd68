"""A receiver of traces for tests: OTLP over HTTP, with protobuf decoded as a collector does it."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

PATH = "/v1/traces"


@dataclass(frozen=True)
class Received:
    """One span, with the service that sent it."""

    service: str
    resource: dict[str, object]
    span: Span

    @property
    def name(self) -> str:
        return self.span.name

    @property
    def trace_id(self) -> str:
        return self.span.trace_id.hex()

    @property
    def said(self) -> dict[str, object]:
        return _values(self.span.attributes)

    @property
    def failed(self) -> bool:
        return self.span.status.code == Status.STATUS_CODE_ERROR


@dataclass
class Receiver:
    """What came; `bodies` are the decoded requests as text, to be searched."""

    url: str = ""
    status: int = 200
    spans: list[Received] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    def named(self, name: str) -> list[Received]:
        return [each for each in self.spans if each.name == name]

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        self.bodies.append(str(request) + body.decode("latin-1"))
        for resource in request.resource_spans:
            own = _values(resource.resource.attributes)
            self.spans += [
                Received(str(own["service.name"]), own, span)
                for scope in resource.scope_spans
                for span in scope.spans
            ]


def _values(attributes) -> dict[str, object]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value")
        for each in attributes
    }


@contextmanager
def receiving_traces() -> Iterator[Receiver]:
    """Receive traces on a free port."""
    own = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            is_ours = self.path == PATH and self.headers["content-type"] == "application/x-protobuf"
            if is_ours and own.status == 200:
                own.take(body)
            self.send_response(own.status if is_ours else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    own.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
