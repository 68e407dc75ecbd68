"""Traces by OpenTelemetry, where its standard variables name an endpoint.

`OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` switches them on; headers,
certificates, sampling, batches and limits have their standard variables too. Without an endpoint
nothing of OpenTelemetry is loaded, and a span costs a comparison.

A span has only attributes of `ATTRIBUTES`: numbers, ids, words of ours, templates of routes. The
text of an exception is never recorded, because it may quote what a sender sent.
"""

import importlib.metadata
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

logger = logging.getLogger(__name__)

ATTRIBUTES = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "rosterline.account_id",
        "rosterline.attempt",
        "rosterline.bytes",
        "rosterline.fault",
        "rosterline.import_id",
        "rosterline.rows",
        "rosterline.tries",
    }
)
"""The first three are of OpenTelemetry's semantic conventions; `rosterline.fault` is a code."""

FLUSH_SECONDS = 2.0
"""How long a process that ends waits for the collector."""

Kind = Literal["internal", "server", "client"]
Value = str | int | float | UUID


class _Traced:
    """Where spans go; both are None until an endpoint is set."""

    tracer: "Tracer | None" = None
    provider: "TracerProvider | None" = None


class OpenSpan:
    """The span of a body; it may be given attributes that are known only later."""

    def __init__(self, span: "Span | None" = None) -> None:
        self._span = span

    def say(self, attributes: Mapping[str, Value | None]) -> None:
        """Add attributes; those that are None are left out.

        Raises:
            ValueError: an attribute is not one of `ATTRIBUTES`.
        """
        if self._span is None:
            return
        if unknown := attributes.keys() - ATTRIBUTES:
            raise ValueError(f"no attributes of spans: {sorted(unknown)}")
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(name, str(value) if isinstance(value, UUID) else value)

    def name(self, name: str) -> None:
        """Name the span anew."""
        if self._span is not None:
            self._span.update_name(name)

    def fail(self) -> None:
        """Mark the span as failed."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415 - loaded by now

            self._span.set_status(StatusCode.ERROR)


_NOT_TRACED = OpenSpan()


@contextmanager
def span(name: str, kind: Kind = "internal", parent: str | None = None) -> Iterator[OpenSpan]:
    """A span around the body; spans inside it are its children.

    `parent` is a caller's W3C `traceparent`. Its `tracestate` is not taken over: it may hold any
    text. An exception marks the span as failed, and is raised on.
    """
    if (tracer := _Traced.tracer) is None:
        yield _NOT_TRACED
        return
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - loaded by now

    began = tracer.start_as_current_span(
        name,
        context=_context_of(parent),
        kind=SpanKind[kind.upper()],
        record_exception=False,
        set_status_on_exception=False,
    )
    with began as started:
        opened = OpenSpan(started)
        try:
            yield opened
        except BaseException:
            opened.fail()
            raise


def trace_of(import_id: UUID) -> str:
    """The `traceparent` of everything that is done with an import; its trace id is the import's id.

    So doors, runs and deliveries join one trace, and who knows an import finds it, though nothing
    about traces is stored. The span that it names as the parent is never sent.
    """
    return f"00-{import_id.hex}-{import_id.hex[16:]}-01"


def begin_tracing(service: str) -> None:
    """Trace this process from now on, if the environment names an endpoint.

    `service` is the name of the service unless `OTEL_SERVICE_NAME` has another one. Where a
    variable cannot be used, the log says so and nothing is traced: the work itself goes on.
    """
    if _Traced.tracer is not None or not _is_wanted():
        return
    protocol = _variable("PROTOCOL") or "http/protobuf"
    if protocol != "http/protobuf":
        logger.error(
            "nothing is traced: OTEL_EXPORTER_OTLP_PROTOCOL is %r; spans are sent by http/protobuf "
            "only, which collectors take on port 4318",
            protocol,
        )
        return
    try:
        _set_up(service)
    except ValueError as error:
        logger.error("nothing is traced: a variable of OpenTelemetry is unusable: %s", error)  # noqa: TRY400


def _set_up(service: str) -> None:
    # Half a second and 20 MiB.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    version = importlib.metadata.version("rosterline")
    own = {"service.name": f"rosterline-{service}", "service.version": version}
    # Not `Resource.create`: detectors that a variable names would add the command line, in which a
    # file may be named.
    provider = TracerProvider(
        resource=Resource(own).merge(OTELResourceDetector().detect()), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Traced.provider, _Traced.tracer = provider, provider.get_tracer("rosterline", version)


def flush_spans() -> None:
    """Send what is not sent yet; gives up after `FLUSH_SECONDS`."""
    if _Traced.provider is not None:
        # In a thread, because the processor itself waits for as long as the exporter tries.
        sending = Thread(target=_Traced.provider.force_flush, name="flush-spans", daemon=True)
        sending.start()
        sending.join(FLUSH_SECONDS)


@contextmanager
def tracing(service: str) -> Iterator[None]:
    """Trace while the body runs, as `begin_tracing` does; at its end, send what is left."""
    begin_tracing(service)
    try:
        yield
    finally:
        flush_spans()


def _is_wanted() -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return False
    return _variable("ENDPOINT") is not None


def _variable(name: str) -> str | None:
    """What is said for traces, or else for all signals."""
    found = (os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}{name}") for signal in ("TRACES_", ""))
    return next((each for each in found if each), None)


def _context_of(parent: str | None) -> Any:  # noqa: ANN401 - a context of a library that may be absent
    if parent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - loaded by now
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract({"traceparent": parent})
